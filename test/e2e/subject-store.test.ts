import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { carriedOutcomes, type Outcome } from '../../src/domain/outcome.ts';
import type { Batch } from '../../src/store/batch.ts';
import { BuildIdTaken, buildStore } from '../../src/store/builds.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { makeIndexes } from '../../src/store/indexes.ts';
import { defineModels, prepareCollections } from '../../src/store/models.ts';
import { queries } from '../../src/store/queries.ts';
import { isStoreUnavailable } from '../../src/store/reading.ts';
import { subjectStore } from '../../src/store/subjects.ts';
import { ownDatabase } from '../api/harness.ts';
import { patiently } from '../api/patiently.ts';
import { wayTo } from '../api/proxy.ts';

// what is older than ninety days MongoDB takes away, within a minute of its being written
const now = Date.now();

let databaseUrl: string;
let database: Connection;
let models: ReturnType<typeof defineModels>;

beforeAll(async () => {
  databaseUrl = ownDatabase(inject('mongodbUrl'));
  database = await patiently(() => connectDatabase(databaseUrl));
  models = defineModels(database);
  await patiently(() => prepareCollections(database));
});
afterAll(async () => {
  await database.dropDatabase();
  await database.close();
});

const outcome = (id: string, number: number): Outcome => ({
  commandId: `${id}-${number}`,
  state: 'accepted',
  version: number,
  at: now + number,
});

/** A subject's nth batch, as its workflow writes it after that many commands, one a batch. */
function batch(id: string, writeSeq: number): Omit<Batch, 'allocation'> & { document: NonNullable<Batch['document']> } {
  const all = Array.from({ length: writeSeq }, (_, index) => outcome(id, index + 1));
  const notice = { event: 'caseOpened', automatic: false, orderId: 'o-1', caseId: id, status: 'closed' };
  const to = { role: 'consumer', id: 'c-1' } as const;
  const parties = { consumerId: 'c-1', merchantId: 'm-1', orderId: 'o-1' };
  return {
    subject: `case/${id}`,
    document: {
      collection: 'cases',
      id,
      writeSeq,
      timelineSeq: writeSeq,
      version: writeSeq,
      listed: { status: 'closed', ...parties, text: '', createdAt: now, updatedAt: now + writeSeq },
      state: { step: writeSeq },
      outcomes: all.slice(-carriedOutcomes),
    },
    timeline: [1, 2].map((seq) => ({
      seq: 2 * writeSeq + seq,
      at: now,
      type: 'x',
      actor: { role: 'system', id: 's' },
      rule: 'SEE-1',
      detail: {},
      status: 'closed',
    })),
    outcomes: all.slice(-1),
    notices: [{ seq: writeSeq, at: now, notice: { to, ...notice } }],
    ledger: [],
  };
}

const archived = async (subject: string) =>
  (await models.outcomes.find({ subject }).sort({ at: 1 }).lean()).map(({ _id }) => _id);

test('ELIG-5: whether what is stored has overtaken a write: not a newer one, nor the same one tried again', async () => {
  const store = subjectStore(models);
  const { document, ...rest } = batch('overtaken', 3);
  await store.write({ ...rest, document });
  const other = { ...document, listed: { ...document.listed, updatedAt: document.listed.updatedAt + 1 } };
  const overtaken = [batch('overtaken', 4).document, document, other, batch('overtaken', 2).document];
  expect(await Promise.all(overtaken.map((one) => store.isOvertaken(one)))).toEqual([false, false, true, true]);
});

describe('writing a subject', () => {
  test('a batch written again, also after a part of it only, leaves what it left once', async () => {
    const store = subjectStore(models);
    const { document, timeline, ...rest } = batch('again', 1);
    await store.write({ ...rest, timeline: timeline.slice(1), notices: [], outcomes: [] });
    await store.write({ ...rest, document, timeline });
    await store.write({ ...rest, document, timeline });
    expect(await models.timeline.find({ subject: 'case/again' }).sort({ seq: 1 }).lean()).toMatchObject([
      { seq: 3 },
      { seq: 4 },
    ]);
    expect(await models.outbox.countDocuments({ caseId: 'again' })).toBe(1);
    expect(await models.cases.findById('again').lean()).toMatchObject({ writeSeq: 1, state: { step: 1 } });
  });

  test('an addition that fails for another reason than being there already is not taken for done', async () => {
    const { timeline, ...rest } = batch('too-large', 1);
    const detail = { text: 'x'.repeat(17 * 1024 * 1024) };
    const [first, second] = timeline;
    const written = subjectStore(models).write({ ...rest, timeline: [first!, { ...second!, detail }] });
    await expect(written).rejects.toThrow(/larger|too large|out of range/i);
    expect(await models.cases.findById('too-large').lean()).toBeNull();
  });

  test('an older batch that comes late changes nothing', async () => {
    const store = subjectStore(models);
    await store.write(batch('late', 2));
    await store.write(batch('late', 1));
    expect(await models.cases.findById('late').lean()).toMatchObject({ writeSeq: 2, state: { step: 2 } });
  });

  test('an outcome is found in its document, and in the archive once the document no longer carries it', async () => {
    const store = subjectStore(models);
    const read = queries(models);
    const subject = { kind: 'case', id: 'many' } as const;
    for (let writeSeq = 1; writeSeq <= carriedOutcomes; writeSeq += 1) await store.write(batch('many', writeSeq));
    expect(await archived('case/many')).toEqual([]);
    await store.write(batch('many', carriedOutcomes + 1));
    await store.write(batch('many', carriedOutcomes + 2));
    await store.write(batch('many', carriedOutcomes + 2));
    expect(await archived('case/many')).toEqual(['many-1', 'many-2']);
    for (const number of [1, 2, 3, carriedOutcomes + 2]) {
      expect((await read.outcome(subject, `many-${number}`)).outcome).toEqual(outcome('many', number));
    }
  });

  test('more outcomes at once than a document carries are all found', async () => {
    const { document, ...rest } = batch('heap', 3 * carriedOutcomes);
    const outcomes = Array.from({ length: 3 * carriedOutcomes }, (_, index) => outcome('heap', index + 1));
    await subjectStore(models).write({ ...rest, document, outcomes });
    expect(await archived('case/heap')).toHaveLength(2 * carriedOutcomes);
  });

  test('where no document is left, the outcome is in the archive', async () => {
    const { document: _, ...rest } = batch('refused', 1);
    await subjectStore(models).write({
      ...rest,
      outcomes: [{ ...outcome('refused', 1), state: 'refused', code: 'line_unknown' }],
    });
    const found = await queries(models).outcome({ kind: 'case', id: 'refused' }, 'refused-1');
    expect(found).toMatchObject({ document: null, outcome: { state: 'refused', code: 'line_unknown' } });
  });
});

describe('TELL-1: what couriers send is written with the change it tells of', () => {
  const endpoint = (id: string, enabled: boolean, events: string[]) => ({
    _id: id,
    enabled,
    events,
    url: 'http://localhost',
  });
  const people = [
    { _id: 'consumer/c-1', email: 'c@example.com', language: 'en', emailOn: true },
    { _id: 'merchant/m-1', email: 'm@example.com', language: 'en', emailOn: false },
    { _id: 'merchant/m-2', language: 'en', emailOn: true },
    { _id: 'agent/*', email: 'a@example.com', language: 'en', emailOn: true },
  ];
  beforeAll(async () => {
    await models.profiles.insertMany(people);
    await models.webhooks.insertMany([
      endpoint('w-all', true, ['*']),
      endpoint('w-orders', true, ['order.*']),
      endpoint('w-off', false, ['*']),
    ]);
  });
  afterAll(async () => {
    await Promise.all([models.profiles.deleteMany({}), models.webhooks.deleteMany({})]);
  });

  /** How often a batch reads and writes each collection, as the database counts it. */
  async function workOf(write: () => Promise<unknown>): Promise<Record<string, number>> {
    const db = database.db!;
    await db.command({ profile: 2 });
    await write();
    await db.command({ profile: 0 });
    const seen = await db
      .collection('system.profile')
      .find({ 'command.profile': { $exists: false } })
      .toArray();
    await db.collection('system.profile').drop();
    const of: Record<string, number> = {};
    for (const { op, ns } of seen) {
      const key = `${op === 'query' ? 'read' : 'write'} ${ns.split('.')[1]}`;
      of[key] = (of[key] ?? 0) + 1;
    }
    return of;
  }

  test('mail for parties who want it, webhooks for endpoints that ask for it; each once, however often it is written', async () => {
    const { notices, timeline, ...rest } = batch('told', 1);
    const [{ seq, at, notice } = notices[0]!] = notices;
    const everybody = [
      { role: 'consumer', id: 'c-1' } as const,
      { role: 'merchant', id: 'm-1' } as const,
      { role: 'merchant', id: 'm-2' } as const,
      { role: 'agent', id: '*' } as const,
    ].map((to) => ({ seq, at, notice: { ...notice, to } }));
    const [first, second] = timeline;
    const entries = [
      { ...first!, type: 'ruled' },
      { ...second!, type: 'signalRefused' },
    ];
    const write = () => subjectStore(models).write({ ...rest, notices: everybody, timeline: entries });
    await write();
    await write();
    const found = await models.outbox.collection.find({ _id: /^case\/told\//, channel: { $ne: 'in_app' } }).toArray();
    expect(found).toMatchObject([
      { _id: 'case/told/1/consumer/c-1/email', channel: 'email', state: 'pending', lane: 'email' },
      { _id: 'case/told/3/webhook/w-all', channel: 'webhook', state: 'pending', lane: 'webhook/w-all' },
    ]);
  });

  test('a batch that tells nobody reads and writes nothing more; one that does, two reads and one write', async () => {
    const { notices: _, timeline: __, ...silent } = batch('silent', 1);
    const quiet = await workOf(() => subjectStore(models).write({ ...silent, notices: [], timeline: [] }));
    expect(Object.keys(quiet)).toEqual(['write cases']);
    const told = await workOf(() => subjectStore(models).write(batch('counted', 1)));
    expect(told).toEqual({
      'read profiles': 1,
      'read webhooks': 1,
      'write timeline': 1,
      'write outbox': 2,
      'write cases': 1,
    });
    await models.webhooks.updateMany({}, { $set: { enabled: false } });
    await models.profiles.deleteMany({});
    const untold = await workOf(() => subjectStore(models).write(batch('untold', 1)));
    expect(untold).toEqual({ ...told, 'write outbox': 1 });
  });
});

test('each timeline item is told of once, written again or twice at the same time', async () => {
  const told: number[] = [];
  const store = subjectStore(models, ({ seq }) => told.push(seq));
  const { document: _, ...first } = batch('once', 1);
  await Promise.all([store.write(first), store.write(first), store.write(first)]);
  await store.write(first);
  expect(told.toSorted()).toEqual([3, 4]);
  const [, , ...more] = [...first.timeline, ...batch('once', 2).timeline];
  await store.write({ ...first, timeline: [...first.timeline, ...more] });
  expect(told.toSorted()).toEqual([3, 4, 5, 6]);
});

test('what was acknowledged survives a crash, whatever the URL says', async () => {
  const url = inject('mongodbUrl');
  const weaker = 'w=1&journal=false&readConcernLevel=local&readPreference=secondary';
  const there = await connectDatabase(`${url}${url.includes('?') ? '&' : '?'}${weaker}`);
  const { writeConcern, readConcern, readPreference } = there.getClient().options;
  expect(writeConcern).toMatchObject({ w: 'majority', j: true });
  expect([readConcern.level, readPreference.mode]).toEqual(['majority', 'primary']);
  await there.close();
});

test('REF-5: with MongoDB away nothing counts as added: the write fails, and done again it is all there', async () => {
  const { hostname, port } = new URL(inject('mongodbUrl'));
  const way = await wayTo(hostname, Number(port));
  const there = await connectDatabase(`mongodb://127.0.0.1:${way.port}/${database.name}?directConnection=true`);
  try {
    const store = subjectStore(defineModels(there));
    const { document: _, outcomes: _none, ...onlyAdded } = batch('away', 1);
    way.cut();
    await expect(store.write({ ...onlyAdded, outcomes: [] })).rejects.toThrow(/connection|selection/i);
    const several = defineModels(there).timeline.collection.insertMany([{ _id: 'a' }, { _id: 'b' }] as never);
    expect(isStoreUnavailable(await several.catch((error: unknown) => error))).toBe(true);
    way.mend();
    await vi.waitFor(() => store.write({ ...onlyAdded, outcomes: [] }), { timeout: 60_000 });
    expect(await models.timeline.countDocuments({ subject: 'case/away' })).toBe(2);
  } finally {
    await there.close();
    await way.close();
  }
});

test('a build id stands for one code: whoever comes with other code under it is refused, also at the same moment', async () => {
  const builds = buildStore(models);
  const at = new Date(now);
  await Promise.all([builds.enter('aftersales', 'v1', 'code-1', at), builds.enter('aftersales', 'v1', 'code-1', at)]);
  await expect(builds.enter('aftersales', 'v1', 'code-2', at)).rejects.toThrow(BuildIdTaken);
  await builds.enter('aftersales', 'v2', 'code-2', at);
  await builds.enter('other', 'v1', 'code-2', at);
  const racing = ['code-3', 'code-4'].map((code) => builds.enter('aftersales', 'v3', code, at));
  const ended = await Promise.allSettled(racing);
  expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('the index of a full collection is made for as long as it takes, longer than a call may be silent', async () => {
  const documents = Array.from({ length: 30_000 }, (_, index) => ({ a: index, text: `${index}`.repeat(20) }));
  await database.collection('full').insertMany(documents);
  const hasty = await mongoose.createConnection(databaseUrl, { socketTimeoutMS: 20 }).asPromise();
  await expect(hasty.collection('full').createIndex({ a: 1, text: 1 })).rejects.toThrow(/timed out/);
  await makeIndexes(hasty, 'full', [{ key: { text: 1 } }, { key: { a: -1 }, name: 'downwards' }]);
  expect((await database.collection('full').indexes()).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['text_1', 'downwards']),
  );
  await hasty.close();
});
