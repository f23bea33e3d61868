import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { v5 as uuidV5 } from 'uuid';
import type { Role } from '../../domain/parties.ts';
import { unattachedEvidenceMs } from '../../domain/policy/policy.ts';
import type { EvidenceDocument, EvidenceStore } from '../../store/evidence.ts';
import { subjectNamed } from '../../store/queries.ts';
import type { Caller } from '../authentication.ts';
import type { Service } from '../context.ts';
import { currentPolicy } from '../currentPolicy.ts';
import { maySeeSubject } from '../ownership.ts';
import { placesPerCaller } from '../places.ts';
import { Problem } from '../problems.ts';
import { callerOf, fieldErrors, keyOf } from '../serve.ts';
import { readForm, uploadProblem } from './form.ts';
import { presentEvidence, uploadFields } from './schema.ts';

type Deps = Pick<Service, 'evidence' | 'store' | 'report' | 'clock'>;

const roles: readonly Role[] = ['consumer', 'merchant', 'agent'];
/** Makes the ids of evidence out of caller and key. */
const evidenceIds = '0b6c2a1e-55d0-4d5e-9a53-0f6f4d3f9c77';
/** A merchant who refuses hundreds of applications at once uploads a file or two for each. */
const mostUnattached = 500;
/** Of one caller at a time: what is under way is in no count yet. */
const mostUploads = 30;
/** What the parser of `Range` answers where the file ends before what is asked for. */
const nothingOfIt = -1;

/** Also where there is one, but its existence is not the caller's to know. EVI-3, EVI-5 */
const notFound = () => Problem.of('not_found', 'there is no such file');

/** Uploading, describing and downloading files; the caller is known by then. EVI-1 to EVI-3, EVI-5 */
export function evidenceRoutes(deps: Deps): Router {
  const router = Router();
  const places = placesPerCaller(mostUploads);
  const named = (path: string): RequestHandler[] => [
    (_, response, next) => {
      response.locals['route'] = path;
      next();
    },
    onlyFor(path),
  ];

  router.post('/v1/evidence', ...named('/v1/evidence'), async (request, response) => {
    const giveBack = places.take(callerOf(response));
    if (!giveBack) {
      const detail = `you have ${mostUploads} uploads under way: wait for one of them`;
      throw Problem.of('rate_limited', detail, { headers: { 'Retry-After': '2' } });
    }
    // also where the caller has gone, whenever that was: a form that nobody sends on has no end
    response.once('close', giveBack);
    const found = await upload(deps, request, response);
    response.status(201).location(`/v1/evidence/${found._id}`).json(presentEvidence(found));
  });

  router.get('/v1/evidence/:id', ...named('/v1/evidence/:id'), async (request, response) => {
    response.json(presentEvidence(await visible(deps, callerOf(response), String(request.params['id']))));
  });

  router.get('/v1/evidence/:id/content', ...named('/v1/evidence/:id/content'), async (request, response) => {
    const found = await visible(deps, callerOf(response), String(request.params['id']));
    if (found.erasedAt) throw Problem.of('evidence_erased', 'the file’s content was erased at its uploader’s request');
    await download(deps.evidence, found, request, response);
  });
  return router;
}

const onlyFor =
  (path: string): RequestHandler =>
  ({ method }, response, next) => {
    const { role } = callerOf(response);
    if (!roles.includes(role)) {
      throw Problem.of('role_not_allowed', `${method} ${path} is for the ${roles.join(', ')}, not for the ${role}`);
    }
    next();
  };

async function upload({ evidence, store, report, clock }: Deps, request: Request, response: Response) {
  const caller = callerOf(response);
  const key = keyOf(request);
  if (!request.is('multipart/form-data')) {
    throw Problem.of('unsupported_media_type', 'send the file as multipart/form-data');
  }
  const now = clock();
  const id = uuidV5(JSON.stringify([caller.role, caller.id, key]), evidenceIds);
  const policy = await currentPolicy({ store });
  const limits = policy.evidence;
  const { files, bytes } = await evidence.unattached(caller);
  // whoever only ever uploads would fill the disk that all cases are written to
  const isFull =
    files >= Math.max(mostUnattached, limits.maxFilesPerParty) ||
    bytes >= limits.maxFilesPerParty * limits.maxVideoBytes;
  if (isFull && !(await evidence.read(id))) {
    const detail = `you have ${files} files that nothing refers to: name them in a request first`;
    throw Problem.of('too_many_unattached', detail);
  }
  const file = await readForm(
    request,
    response,
    (announced) => evidence.receive({ ...announced, id, limits, now }),
    evidence.discard,
  );

  const fields = uploadFields.safeParse({ ...(request.body as object) });
  const errors = [
    ...(file ? [] : [{ field: 'file', detail: 'is missing' }]),
    ...(fields.success ? [] : fieldErrors(fields.error, 'body')),
  ];
  if (!file || !fields.success) {
    if (file) await evidence.discard(file);
    const detail = errors.map((error) => `${error.field}: ${error.detail}`).join('; ');
    throw Problem.of('validation_failed', detail, { errors });
  }
  const kept = await evidence.keep(file, {
    uploader: caller,
    kind: fields.data.kind,
    now,
    unattachedMs: unattachedEvidenceMs(policy),
  });
  if (!kept.ok) throw uploadProblem(kept.refusal);
  report.evidenceReceived(kept.evidence.size);
  return kept.evidence;
}

/**
 * The evidence, where the caller may see it: its uploader, and once it is attached the parties of its subjects, and agents.
 * @throws Problem 404 to everybody else. EVI-3, EVI-5
 */
async function visible({ evidence, store }: Deps, caller: Caller, id: string): Promise<EvidenceDocument> {
  const found = await evidence.read(id);
  if (!found) throw notFound();
  const { uploadedBy, attachedTo, sharedWith = [] } = found;
  if (uploadedBy.role === caller.role && uploadedBy.id === caller.id) return found;
  for (const name of attachedTo ? [attachedTo.subject, ...sharedWith] : []) {
    const subject = subjectNamed(name);
    const read = subject && (await store.queries.read(subject.kind, subject.id));
    if (read && maySeeSubject(caller, subject.kind, read)) return found;
  }
  throw notFound();
}

/** Sends a file, or the one range of it that is asked for, to be saved and never shown in our origin. EVI-3 */
async function download(evidence: EvidenceStore, found: EvidenceDocument, request: Request, response: Response) {
  const etag = `"${found.sha256}"`;
  const isKnown = request.get('if-none-match')?.includes(etag) ?? false;
  const range = isKnown ? undefined : rangeOf(request, found.size, etag);
  response.attachment(found.name); // guesses a type by the name: the detected one follows
  response.set({
    'Content-Type': found.type === 'text/plain' ? 'text/plain; charset=utf-8' : found.type,
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Accept-Ranges': 'bytes',
    ETag: etag,
  });
  if (isKnown) {
    response.status(304).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: found.size };
  if (range) response.status(206).set('Content-Range', `bytes ${start}-${end - 1}/${found.size}`);
  response.set('Content-Length', String(end - start));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const content = evidence.content(found, { start, end });
  await once(content, 'readable'); // an error before the first byte can still be answered
  await pipeline(content, response).catch((error: unknown) => {
    // Cut short: a caller that has gone needs nothing, and any other sees by the length that this is not all.
    if (!response.destroyed) throw error;
  });
}

/**
 * The bytes asked for, the end not among them; undefined for all of them, also where more than one range is asked for.
 * @throws Problem 416 where the file has none of them.
 */
function rangeOf(request: Request, size: number, etag: string) {
  const condition = request.get('if-range');
  if (condition !== undefined && condition !== etag) return undefined;
  const ranges = request.range(size);
  if (ranges === nothingOfIt) {
    const detail = `the file has ${size} bytes: none of those asked for`;
    throw Problem.of('range_not_satisfiable', detail, { headers: { 'Content-Range': `bytes */${size}` } });
  }
  const [range, ...more] = Array.isArray(ranges) && ranges.type === 'bytes' ? ranges : [];
  return range && more.length === 0 ? { start: range.start, end: range.end + 1 } : undefined;
}
