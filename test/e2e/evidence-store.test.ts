import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { type EvidenceDocument, type EvidenceStore, openEvidence, type Uploader } from '../../src/store/evidence.ts';
import { ownDatabase } from '../api/harness.ts';
import { patiently } from '../api/patiently.ts';

const day = 24 * 3_600_000;
const now = Date.UTC(2026, 0, 5, 12);
const limits = defaultPolicy.evidence;
const unattachedMs = 7 * day;
const consumer: Uploader = { role: 'consumer', id: 'c-1' };
const merchant: Uploader = { role: 'merchant', id: 'm-1' };

let database: Awaited<ReturnType<typeof connectDatabase>>;
let evidence: EvidenceStore;

beforeAll(async () => {
  database = await patiently(() => connectDatabase(ownDatabase(inject('mongodbUrl'))));
  evidence = await patiently(() => openEvidence(database));
});
afterAll(async () => {
  await database.dropDatabase();
  await database.close();
});

// The first bytes of real files of each type, as their formats have it.
const brand = (name: string) =>
  Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${name}\0\0\x02\0${name}mp41`)]);
const starts = {
  'image/jpeg': Buffer.from('ffd8ffe000104a4649460001', 'hex'),
  'image/png': Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489000007d049444154', 'hex'),
  'image/webp': Buffer.from('RIFF\x24\0\0\0WEBPVP8 '),
  'image/gif': Buffer.from('GIF89a'),
  'image/heic': brand('heic'),
  'video/mp4': brand('isom'),
  'video/quicktime': brand('qt  '),
  'video/webm': Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d4287810442858102', 'hex'),
  'application/pdf': Buffer.from('%PDF-1.7\n'),
};
const file = (type: keyof typeof starts, size = 2_000) =>
  Buffer.concat([starts[type], randomBytes(size - starts[type].length)]);
const text = Buffer.from('客服：您好，商品收到时外壳已经破损。\n'.repeat(40));

/** Pieces of 1,000 bytes, as a slow connection would bring them. */
const pieces = (content: Buffer, size = 1_000) =>
  Readable.from(
    Array.from({ length: Math.ceil(content.length / size) }, (_, n) => content.subarray(n * size, (n + 1) * size)),
  );

type Given = {
  id?: string;
  declaredType?: string | undefined;
  name?: string;
  stream?: AsyncIterable<Uint8Array>;
  at?: number;
  limits?: typeof limits;
};

const receive = (
  content: Buffer,
  { id = randomUUID(), declaredType, name = 'photo.jpg', stream, at = now, limits: bounds = limits }: Given = {},
) => evidence.receive({ id, declaredType, name, stream: stream ?? pieces(content), limits: bounds, now: at });

async function upload(content: Buffer, given: Given & { by?: Uploader } = {}): Promise<EvidenceDocument> {
  const received = await receive(content, given);
  if (!received.ok) throw new Error(received.refusal.code);
  const kept = await evidence.keep(received.file, {
    uploader: given.by ?? consumer,
    kind: 'product_photo',
    now: given.at ?? now,
    unattachedMs,
  });
  if (!kept.ok) throw new Error(kept.refusal.code);
  return kept.evidence;
}

const uploads = (count: number, by = consumer) =>
  Promise.all(Array.from({ length: count }, async () => (await upload(file('image/jpeg'), { by }))._id));

/** Again where many at once take longer than one may: by the same holder that changes nothing. */
const attach = (
  ids: string[],
  subject: string,
  more: { by?: Uploader; holder?: string; max?: number; at?: number } = {},
) =>
  patiently(() =>
    evidence.attach({
      ids,
      uploader: more.by ?? consumer,
      subject,
      holder: more.holder ?? 'command-1',
      maxPerParty: more.max ?? limits.maxFilesPerParty,
      now: more.at ?? now,
      unattachedMs,
    }),
  );
const release = (ids: string[], subject: string, holder = 'command-1', at = now) =>
  evidence.release({ ids, subject, holder, now: at, unattachedMs });

const refusal = (code: string, detail = /./) => ({
  ok: false,
  refusal: { code, detail: expect.stringMatching(detail) },
});
const aSubject = () => `case/${randomUUID()}`;
const attachedTo = async (id: string) => (await evidence.read(id))?.attachedTo?.subject;

/** How many documents there are of each collection that holds content. */
async function stored(): Promise<Record<string, number>> {
  const names = ['evidence', 'evidenceUploads', 'evidenceContent.files', 'evidenceContent.chunks'];
  const counts = await Promise.all(
    names.map(async (name) => [name, await database.db!.collection(name).countDocuments()]),
  );
  return Object.fromEntries(counts) as Record<string, number>;
}

describe('EVI-1: a file', () => {
  it('is stored with sha-256, size, detected type, uploader and time, and read back to the last byte', async () => {
    const content = file('image/jpeg', 700_001);
    const id = randomUUID();
    await upload(content, { id, declaredType: 'image/jpeg', name: '破损 照片.jpg' });
    const found = await evidence.read(id);
    expect(found).toMatchObject({
      _id: id,
      kind: 'product_photo',
      name: '破损 照片.jpg',
      type: 'image/jpeg',
      size: 700_001,
      sha256: createHash('sha256').update(content).digest('hex'),
      uploadedBy: consumer,
      createdAt: new Date(now),
      expiresAt: new Date(now + 7 * day),
    });
    expect((await buffer(evidence.content(found!))).equals(content)).toBe(true);
  });

  it('is read in part, across chunks', async () => {
    const content = file('image/jpeg', 600_000);
    const found = await upload(content);
    const part = await buffer(evidence.content(found, { start: 261_000, end: 530_000 }));
    expect(part.equals(content.subarray(261_000, 530_000))).toBe(true);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    [String.raw`C:\Users\me\photo.jpg`, 'photo.jpg'],
    ['a\0b\r\nc.jpg', 'abc.jpg'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['..', 'unnamed'],
    ['', 'unnamed'],
    [' / ', 'unnamed'],
  ])('named %j is kept as %j', async (name, kept) => {
    expect((await upload(file('image/jpeg'), { name })).name).toBe(kept);
  });

  it('with a name too long is kept under a shorter one of the same ending', async () => {
    const { name } = await upload(file('image/jpeg'), { name: `${'长'.repeat(300)}.jpeg` });
    expect(name).toBe(`${'长'.repeat(195)}.jpeg`);
  });

  it('the same under the same id twice is one; another under it is refused, and leaves nothing', async () => {
    const id = randomUUID();
    const content = file('image/png');
    const first = await upload(content, { id });
    const before = await stored();
    expect(await upload(content, { id, at: now + 1_000 })).toEqual(first);
    const other = await receive(file('image/png'), { id });
    expect(
      other.ok && (await evidence.keep(other.file, { uploader: consumer, kind: 'product_photo', now, unattachedMs })),
    ).toEqual(refusal('evidence_id_taken'));
    const foreign = await receive(content, { id });
    expect(
      foreign.ok &&
        (await evidence.keep(foreign.file, { uploader: merchant, kind: 'product_photo', now, unattachedMs })),
    ).toEqual(refusal('evidence_id_taken'));
    expect(await stored()).toEqual(before);
    expect((await buffer(evidence.content(first))).equals(content)).toBe(true);
  });

  it('the same uploaded eight times at once is one', async () => {
    const id = randomUUID();
    const content = file('image/png');
    const before = await stored();
    const all = await Promise.all(Array.from({ length: 8 }, () => upload(content, { id })));
    expect(new Set(all.map(({ contentId }) => String(contentId))).size).toBe(1);
    const after = await stored();
    expect(after['evidence']).toBe((before['evidence'] ?? 0) + 1);
    expect(after['evidenceContent.files']).toBe((before['evidenceContent.files'] ?? 0) + 1);
    expect(after['evidenceUploads']).toBe(before['evidenceUploads']);
  });
});

describe('EVI-2: the type is the content’s', () => {
  it.each(Object.keys(starts) as (keyof typeof starts)[])('%s is detected, declared or not', async (type) => {
    expect((await upload(file(type), { declaredType: type })).type).toBe(type);
    expect((await upload(file(type), { declaredType: 'application/octet-stream' })).type).toBe(type);
  });

  it.each([
    ['text', text],
    ['one character', Buffer.from('好')],
    ['text that begins as a bitmap does', Buffer.from('BMW 的轮胎')],
  ])('%s is text/plain', async (_, content) => {
    expect((await upload(content, { declaredType: 'text/plain; charset=utf-8' })).type).toBe('text/plain');
    expect((await upload(content)).type).toBe('text/plain');
  });

  it('text is recognised although pieces end within its characters', async () => {
    expect((await upload(text, { stream: pieces(text, 7) })).type).toBe('text/plain');
  });

  const exe = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)]);
  it.each([
    ['a program declared an image', exe, 'image/jpeg', 'evidence_type_mismatch'],
    ['a PNG declared a JPEG', file('image/png'), 'image/jpeg', 'evidence_type_mismatch'],
    ['a PDF declared text', file('application/pdf'), 'text/plain', 'evidence_type_mismatch'],
    ['text declared an image', text, 'image/png', 'evidence_type_mismatch'],
    [
      'a web page declared an image',
      Buffer.from('<html><script>alert(1)</script>'),
      'image/png',
      'evidence_type_mismatch',
    ],
    ['text with a NUL', Buffer.from('abc\0def'), 'text/plain', 'evidence_type_mismatch'],
    ['text that is no UTF-8', Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), 'text/plain', 'evidence_type_mismatch'],
    ['text that ends within a character', text.subarray(0, 4), 'text/plain', 'evidence_type_mismatch'],
    [
      'text with a NUL far behind',
      Buffer.concat([text, text, text, Buffer.from([0])]),
      'text/plain',
      'evidence_type_mismatch',
    ],
    ['a program', exe, undefined, 'evidence_type_not_allowed'],
    [
      'an archive',
      Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(60)]),
      undefined,
      'evidence_type_not_allowed',
    ],
    ['a drawing with scripts in it', Buffer.from('<svg/>'), 'image/svg+xml', 'evidence_type_not_allowed'],
    ['a web page by its name', Buffer.from('<html>'), 'text/html', 'evidence_type_not_allowed'],
    ['nothing', Buffer.alloc(0), 'image/jpeg', 'evidence_empty'],
  ])('%s is refused, and leaves nothing behind', async (_, content, declaredType, code) => {
    const before = await stored();
    expect(await receive(content, { declaredType })).toEqual(refusal(code));
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['a picture that says so', file('image/jpeg'), 'image/jpeg'],
    ['a picture that doesn’t', file('image/jpeg'), undefined],
    ['text', text, undefined],
  ])('%s is refused where the policy takes only PDF, and leaves nothing behind', async (_, content, declaredType) => {
    const before = await stored();
    const onlyPdf = { ...limits, types: ['application/pdf' as const] };
    expect(await receive(content, { declaredType, limits: onlyPdf })).toEqual(refusal('evidence_type_not_allowed'));
    expect(await stored()).toEqual(before);
    expect(await receive(file('application/pdf'), { limits: onlyPdf })).toMatchObject({ ok: true });
  });
});

describe('EVI-2: sizes', () => {
  it.each([
    ['image/jpeg', limits.maxImageBytes],
    ['application/pdf', limits.maxImageBytes],
    ['video/webm', limits.maxVideoBytes],
  ] as const)(
    '%s of exactly its limit is taken, of one byte more is refused and leaves nothing behind',
    async (type, limit) => {
      const piece = Buffer.alloc(1024 * 1024);
      const sized = (size: number) =>
        (async function* () {
          yield starts[type];
          for (let left = size - starts[type].length; left > 0; left -= piece.length)
            yield piece.subarray(0, Math.min(left, piece.length));
        })();
      const taken = await receive(Buffer.alloc(0), { stream: sized(limit) });
      expect(taken.ok && taken.file.size).toBe(limit);
      if (taken.ok) await evidence.discard(taken.file);
      const before = await stored();
      expect(await receive(Buffer.alloc(0), { stream: sized(limit + 1) })).toEqual(
        refusal('evidence_too_large', new RegExp(String(limit))),
      );
      expect(await stored()).toEqual(before);
    },
  );

  it('stops reading where the limit is passed', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    starts['image/gif'].copy(piece);
    let read = 0;
    async function* endless() {
      for (;;) {
        read += piece.length;
        yield piece;
      }
    }
    expect(await receive(Buffer.alloc(0), { stream: endless() })).toEqual(refusal('evidence_too_large'));
    expect(read).toBeLessThanOrEqual(limits.maxImageBytes + 2 * piece.length);
  });
});

it('an upload that breaks off leaves nothing behind', async () => {
  const before = await stored();
  async function* broken() {
    yield file('image/jpeg', 600_000);
    throw new Error('the connection was lost');
  }
  await expect(receive(Buffer.alloc(0), { stream: broken() })).rejects.toThrow('the connection was lost');
  expect(await stored()).toEqual(before);
});

it('a received file that is not to be kept leaves nothing behind', async () => {
  const before = await stored();
  const received = await receive(file('image/jpeg', 600_000));
  if (received.ok) await evidence.discard(received.file);
  expect(received.ok).toBe(true);
  expect(await stored()).toEqual(before);
});

describe('EVI-5: attaching', () => {
  it('makes evidence of a subject; again is as once', async () => {
    const subject = aSubject();
    const ids = await uploads(2);
    expect(await attach(ids, subject)).toEqual({ ok: true, added: ids });
    expect(await attach(ids, subject, { at: now + 5_000 })).toEqual({ ok: true, added: [] });
    for (const id of ids) {
      const found = await evidence.read(id);
      expect(found?.attachedTo).toEqual({ subject, at: new Date(now) });
      expect(found?.expiresAt).toBeUndefined();
    }
  });

  it('another’s is refused, also under the same id in another role', async () => {
    const [id = ''] = await uploads(1);
    for (const by of [merchant, { role: 'consumer', id: 'c-2' }, { role: 'merchant', id: 'c-1' }] as Uploader[]) {
      expect(await attach([id], aSubject(), { by })).toEqual(refusal('evidence_unknown'));
    }
    expect(await attachedTo(id)).toBeUndefined();
  });

  it('what is attached elsewhere is refused', async () => {
    const [id = ''] = await uploads(1);
    const subject = aSubject();
    await attach([id], subject);
    expect(await attach([id], aSubject())).toEqual(refusal('evidence_already_attached'));
    expect(await attachedTo(id)).toBe(subject);
  });

  it('what nobody uploaded is refused, and none of the others is attached', async () => {
    const ids = await uploads(2);
    expect(await attach([...ids, randomUUID()], aSubject())).toEqual(refusal('evidence_unknown'));
    for (const id of ids) expect(await attachedTo(id)).toBeUndefined();
  });

  it('what has expired is refused, removed or not yet', async () => {
    const [id = ''] = await uploads(1);
    expect(await attach([id], aSubject(), { at: now + 7 * day })).toEqual(refusal('evidence_unknown'));
    expect((await attach([id], aSubject(), { at: now + 7 * day - 1 })).ok).toBe(true);
  });

  it('two subjects at once: one gets the file', async () => {
    const ids = await uploads(10);
    for (const id of ids) {
      const answers = await Promise.all([attach([id], aSubject()), attach([id], aSubject())]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(answers.find(({ ok }) => !ok)).toEqual(refusal('evidence_already_attached'));
    }
  });

  it('EVI-2: one file more than a party may have is refused, all of them together', async () => {
    const subject = aSubject();
    const ids = await uploads(4);
    expect((await attach(ids.slice(0, 2), subject, { max: 3 })).ok).toBe(true);
    expect(await attach(ids.slice(2), subject, { max: 3 })).toEqual(refusal('too_many_files', /3/));
    expect(await attachedTo(ids[2]!)).toBeUndefined();
    expect((await attach(ids.slice(2, 3), subject, { max: 3 })).ok).toBe(true);
    expect((await attach(await uploads(1, merchant), subject, { by: merchant, max: 3 })).ok).toBe(true);
    expect((await attach(ids.slice(3), aSubject(), { max: 3 })).ok).toBe(true);
  });

  it('EVI-2: thirty files attached one by one at once: exactly as many as a party may have', async () => {
    const subject = aSubject();
    const ids = await uploads(30);
    const answers = await Promise.all(ids.map((id, n) => attach([id], subject, { holder: `command-${n}`, max: 20 })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(20);
    for (const answer of answers.filter(({ ok }) => !ok)) expect(answer).toEqual(refusal('too_many_files'));
    expect((await Promise.all(ids.map(attachedTo))).filter((attached) => attached === subject)).toHaveLength(20);
  });

  it('two commands with several files each, room for one of them: no file of a refused one stays', async () => {
    const subject = aSubject();
    const [first, second] = [await uploads(3), await uploads(3)];
    const answers = await Promise.all([
      attach(first, subject, { holder: 'one', max: 4 }),
      attach(second, subject, { holder: 'two', max: 4 }),
    ]);
    const attached = await Promise.all(
      [first, second].map(async (ids) => (await Promise.all(ids.map(attachedTo))).filter(Boolean).length),
    );
    expect(attached).toEqual(answers.map(({ ok }) => (ok ? 3 : 0)));
    expect(answers.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1);
  });
});

describe('EVI-5: a refused command', () => {
  it('gives back what it attached: it is private again for 7 days, and its place is free', async () => {
    const subject = aSubject();
    const [id = '', other = ''] = await uploads(2);
    await attach([id], subject, { max: 1 });
    await release([id], subject, 'command-1', now + day);
    const found = await evidence.read(id);
    expect(found).toMatchObject({ expiresAt: new Date(now + 8 * day) });
    expect(found).not.toHaveProperty('attachedTo');
    expect(found).not.toHaveProperty('slot');
    expect(found).not.toHaveProperty('holders');
    expect((await attach([other], subject, { max: 1 })).ok).toBe(true);
    expect((await attach([id], aSubject())).ok).toBe(true);
  });

  it('leaves what another command named, too', async () => {
    const subject = aSubject();
    const [id = ''] = await uploads(1);
    await attach([id], subject, { holder: 'refused' });
    expect(await attach([id], subject, { holder: 'accepted' })).toEqual({ ok: true, added: [id] });
    await release([id], subject, 'refused');
    expect(await attachedTo(id)).toBe(subject);
    await release([id], subject, 'refused');
    expect(await attachedTo(id)).toBe(subject);
    await release([id], subject, 'accepted');
    expect(await attachedTo(id)).toBeUndefined();
  });

  it('gives back nothing of another subject', async () => {
    const subject = aSubject();
    const [id = ''] = await uploads(1);
    await attach([id], subject);
    await release([id], aSubject());
    expect(await attachedTo(id)).toBe(subject);
  });
});

describe('EVI-5: after 7 days', () => {
  it('what is unattached goes with its content, what is attached stays', async () => {
    const at = now + 100 * day;
    const keeps = await upload(file('image/jpeg', 300_000), { at });
    await attach([keeps._id], aSubject(), { at });
    const young = await upload(file('image/jpeg'), { at: at + 1 });
    await evidence.removeExpired(at);
    const before = await stored();
    const goes = await upload(file('image/jpeg', 300_000), { at });
    await evidence.removeExpired(at + 7 * day - 1);
    expect(await evidence.read(goes._id)).not.toBeNull();
    expect(await evidence.removeExpired(at + 7 * day)).toBe(1);
    expect(await evidence.read(goes._id)).toBeNull();
    expect(await evidence.read(young._id)).not.toBeNull();
    expect(await evidence.read(keeps._id)).not.toBeNull();
    expect(await stored()).toEqual(before);
  });

  it('attaching and removing at once: it is either attached and whole, or gone', async () => {
    const at = now + 200 * day;
    const content = file('image/jpeg', 300_000);
    const files = await Promise.all(Array.from({ length: 12 }, () => upload(content, { at })));
    const [, ...attached] = await Promise.all([
      evidence.removeExpired(at + 7 * day),
      ...files.map(({ _id }) => attach([_id], aSubject(), { at: at + 7 * day - 1 })),
    ]);
    for (const [n, one] of files.entries()) {
      const found = await evidence.read(one._id);
      expect(attached[n]?.ok).toBe(found !== null);
      const left = await database
        .db!.collection('evidenceContent.chunks')
        .find({ files_id: one.contentId })
        .sort({ n: 1 })
        .toArray();
      const bytes = Buffer.concat(left.map(({ data }) => (data as { buffer: Uint8Array }).buffer));
      expect(bytes.equals(found ? content : Buffer.alloc(0))).toBe(true);
    }
  });

  it('what a crash left of an upload goes a day after it began; what was kept all the same stays', async () => {
    const at = now + 300 * day;
    const content = file('image/jpeg', 300_000);
    const before = await stored();
    const received = await receive(content, { at });
    const kept = await upload(content, { at });
    await attach([kept._id], aSubject(), { at });
    // As if the process had ended between making it evidence and noting the upload's end.
    await database
      .db!.collection('evidenceUploads')
      .insertOne({ _id: kept.contentId, evidenceId: kept._id, startedAt: new Date(at) });
    await evidence.removeExpired(at + day - 1);
    expect((await stored())['evidenceUploads']).toBe((before['evidenceUploads'] ?? 0) + 2);
    await evidence.removeExpired(at + day);
    expect(
      received.ok &&
        (await database.db!.collection('evidenceContent.chunks').countDocuments({ files_id: received.file.contentId })),
    ).toBe(0);
    expect((await buffer(evidence.content(kept))).equals(content)).toBe(true);
    expect((await stored())['evidenceUploads']).toBe(before['evidenceUploads']);
  });
});
