import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/settings.ts';
import { findMongod } from '../../src/stack/executables.ts';
import { startMongod } from '../../src/stack/mongod.ts';
import { freePorts } from '../../src/stack/ports.ts';
import { stopAll } from '../../src/stack/processes.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { defineModels, prepareCollections } from '../../src/store/models.ts';
import { type ListFilter, type ListSort, queries } from '../../src/store/queries.ts';
import { caseDocument } from './caseDocument.ts';

/** How long lists take in a store of so many cases, without anything else: medians, in ms; `failed` where one took over 2 s. */
export type ListFigures = { size: number; medianMs: Record<string, number | 'failed'> };

const page = 21;
const tries = 7;
const batch = 1_000;
const merchant = { merchantId: 'merchant-1' };
const everybody = {};

const lists: Record<string, { filter: ListFilter; sort: ListSort }> = {
  'merchant: newest': { filter: { scope: merchant }, sort: 'createdAt' },
  'merchant: due first': { filter: { scope: merchant }, sort: 'deadline' },
  'merchant: changed last': { filter: { scope: merchant }, sort: 'updatedAt' },
  'merchant: of a status': { filter: { scope: merchant, status: 'refunded' }, sort: 'createdAt' },
  'consumer: newest': { filter: { scope: { consumerId: 'consumer-1' } }, sort: 'createdAt' },
  'agent: newest': { filter: { scope: everybody }, sort: 'createdAt' },
  'agent: due first': { filter: { scope: everybody }, sort: 'deadline' },
  'agent: changed last': { filter: { scope: everybody }, sort: 'updatedAt' },
  'agent: of a rare status': { filter: { scope: everybody, status: 'under_appeal' }, sort: 'createdAt' },
  'agent: of a rare status, due first': { filter: { scope: everybody, status: 'under_appeal' }, sort: 'deadline' },
  'agent: of a rare status, changed last': { filter: { scope: everybody, status: 'under_appeal' }, sort: 'updatedAt' },
  'agent: due before': { filter: { scope: everybody, deadlineBefore: new Date() }, sort: 'deadline' },
  'agent: of a kind that none has': { filter: { scope: everybody, kind: 'exchange' }, sort: 'createdAt' },
  'agent: a text that none has': { filter: { scope: everybody, q: '找不到' }, sort: 'createdAt' },
  'merchant: a text that none has': { filter: { scope: merchant, q: '找不到' }, sort: 'createdAt' },
};

/** Fills a MongoDB of its own with cases up to each size, and reads lists at each. */
export async function measureLists(sizes: number[], progress: (message: string) => void): Promise<ListFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aftersales-bench-lists-'));
  try {
    const { cache } = readSettings(process.env);
    const executable = await findMongod({ cache, env: process.env, progress });
    const [port = 0] = await freePorts([0]);
    const mongod = await startMongod({ executable, folder, port, logFile: join(folder, 'mongod.log') });
    const database = await connectDatabase(mongod.url);
    const models = defineModels(database);
    await prepareCollections(database);
    const { list } = queries(models);
    const figures: ListFigures[] = [];
    let filled = 0;
    for (const size of sizes.toSorted((a, b) => a - b)) {
      progress(`lists: filling up to ${size} cases`);
      for (; filled < size; filled += batch) {
        const documents = Array.from({ length: Math.min(batch, size - filled) }, (_, index) =>
          caseDocument(filled + index),
        );
        await models.cases.collection.insertMany(documents as never[], { ordered: false });
      }
      progress(`lists: reading among ${size}`);
      const medianMs: ListFigures['medianMs'] = {};
      for (const [what, wish] of Object.entries(lists)) {
        const all: number[] = [];
        for (let one = 0; one < tries; one += 1) {
          const startedAt = performance.now();
          const done = await list('case', { ...wish, limit: page }).catch(() => undefined);
          if (done) all.push(performance.now() - startedAt);
        }
        medianMs[what] = all.length < tries ? 'failed' : all.toSorted((a, b) => a - b)[Math.floor(tries / 2)]!;
      }
      figures.push({ size, medianMs });
    }
    await database.close();
    return figures;
  } finally {
    await stopAll();
    await rm(folder, { recursive: true, force: true });
  }
}
