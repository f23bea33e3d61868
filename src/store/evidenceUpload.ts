import type { EvidenceType } from '../domain/policy/evidenceTypes.ts';
import type { PolicyDocument } from '../domain/policy/policy.ts';
import { type Refused, refuse } from './evidenceRefusals.ts';
import { detectType, headBytes, readDeclaredType, textCheck } from './evidenceType.ts';

export type EvidenceLimits = PolicyDocument['evidence'];

/** A file on its way in. `now` is UTC ms. */
export type Upload = {
  /** The evidence it is to become. */
  id: string;
  declaredType: string | undefined;
  name: string;
  stream: AsyncIterable<Uint8Array>;
  limits: EvidenceLimits;
  now: number;
};

/** Thrown out of the pieces of an upload that turns out not to be taken. */
export class UploadRefused extends Error {
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.refusal.code);
    this.refused = refused;
  }
}

type Judged = { ok: true; type: EvidenceType; pieces: AsyncIterable<Uint8Array> } | Refused;

/** Judges a file by its first bytes; the pieces it answers begin with them, and throw where a later byte is one too many or no text. */
export async function judgeStart({ declaredType, limits }: Upload, rest: AsyncIterator<Uint8Array>): Promise<Judged> {
  const declared = readDeclaredType(declaredType);
  const isTaken = (type: EvidenceType) => limits.types.includes(type);
  if (declared === 'not_allowed' || (declared !== 'undeclared' && !isTaken(declared)))
    return refuse(
      'evidence_type_not_allowed',
      `files of type ${declaredType} are not taken: ${limits.types.join(', ')} are`,
    );
  const head = await readHead(rest);
  if (head.byteLength === 0) return refuse('evidence_empty', 'the file is empty');
  const detected = await detectType(head);
  if (detected === undefined && declared !== 'undeclared' && declared !== 'text/plain') {
    return refuse('evidence_type_mismatch', `the file is declared ${declared}, but its content is not`);
  }
  if (detected !== undefined && declared !== 'undeclared' && declared !== detected) {
    return refuse('evidence_type_mismatch', `the file is declared ${declared}, but its content is ${detected}`);
  }
  const type = detected ?? 'text/plain';
  if (!isTaken(type)) return refuse('evidence_type_not_allowed', 'the file is of no type that is taken');
  const limit = type.startsWith('video/') ? limits.maxVideoBytes : limits.maxImageBytes;
  const checked = boundedBy(limit, startingWith(head, rest));
  return { ok: true, type, pieces: type === 'text/plain' ? onlyText(checked, declared === 'text/plain') : checked };
}

async function readHead(pieces: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < headBytes) {
    const { done, value } = await pieces.next();
    if (done) break;
    head.push(value);
    size += value.byteLength;
  }
  return Buffer.concat(head);
}

async function* startingWith(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* boundedBy(limit: number, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > limit)
      throw new UploadRefused(refuse('evidence_too_large', `a file of this type has at most ${limit} bytes`));
    yield piece;
  }
}

async function* onlyText(pieces: AsyncIterable<Uint8Array>, declared: boolean): AsyncGenerator<Uint8Array> {
  const text = textCheck();
  const noText = () =>
    new UploadRefused(
      declared
        ? refuse('evidence_type_mismatch', 'the file is declared text/plain, but is no UTF-8 text')
        : refuse('evidence_type_not_allowed', 'the file is of no type that is taken'),
    );
  for await (const piece of pieces) {
    if (!text.holds(piece)) throw noText();
    yield piece;
  }
  if (!text.ends()) throw noText();
}
