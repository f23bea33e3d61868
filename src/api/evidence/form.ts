import { callbackify } from 'node:util';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import type { EvidenceStore, ReceivedFile } from '../../store/evidence.ts';
import type { EvidenceRefusal, Refused } from '../../store/evidenceRefusals.ts';
import { Problem } from '../problems.ts';

/** A file as its part of the form announces it. */
type Announced = { declaredType: string; name: string; stream: AsyncIterable<Uint8Array> };
type Receive = (announced: Announced) => Promise<{ ok: true; file: ReceivedFile } | Refused>;

/** More than the form needs, so that what is wrong with it can be said. */
const formLimits = { files: 1, fields: 10, parts: 11, fieldSize: 1_000, fieldNameSize: 100 };

/**
 * Reads a form with one `file`, which goes straight to the store, whatever the order of the fields; the other fields are in
 * `request.body` then. Where anything is wrong with the form, the file is not kept.
 * @throws Problem
 */
export async function readForm(
  request: Request,
  response: Response,
  receive: Receive,
  discard: EvidenceStore['discard'],
): Promise<ReceivedFile | undefined> {
  let received: ReceivedFile | undefined;
  const storage: StorageEngine = {
    _handleFile: callbackify(async (_: Request, { mimetype, originalname, stream }: Express.Multer.File) => {
      const result = await receive({ declaredType: mimetype, name: originalname, stream });
      if (!result.ok) throw uploadProblem(result.refusal);
      received = result.file;
      return {};
    }),
    _removeFile: callbackify(async (_request: Request, _file: Express.Multer.File) => {
      if (received) await discard(received);
      return null;
    }),
  };
  const single = multer({ storage, limits: formLimits, defParamCharset: 'utf8' }).single('file');
  await new Promise<void>((read, failed) => {
    void single(request, response, (error: unknown) => (error ? failed(formProblem(error)) : read()));
  });
  return received;
}

/** The refusal of a file; its id can only be taken where its key was used before. */
export const uploadProblem = (refusal: EvidenceRefusal): Problem =>
  refusal.code === 'evidence_id_taken'
    ? Problem.of('idempotency_key_reused', 'this Idempotency-Key was used before with another file: take a new one')
    : Problem.ofEvidence(refusal, 'file');

/** What the reader of forms throws. */
function formProblem(error: unknown): unknown {
  if (error instanceof MulterError) {
    const field = error.field ?? (error.code === 'LIMIT_FILE_COUNT' ? 'file' : 'body');
    return Problem.of('validation_failed', `${field}: ${error.message}`, {
      errors: [{ field, detail: error.message }],
    });
  }
  // The form's parser tells what it can't read by plain errors, in these words only.
  if (
    error instanceof Error &&
    /^(Multipart: |Malformed |Unexpected end of |Request (aborted|closed))/.test(error.message)
  ) {
    return Problem.of('request_malformed', `the form can’t be read: ${error.message}`);
  }
  return error;
}
