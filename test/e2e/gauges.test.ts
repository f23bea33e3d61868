import type { Connection } from 'mongoose';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { CaseState } from '../../src/domain/case/case.ts';
import { listedCase } from '../../src/domain/case/listed.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { gaugeReader } from '../../src/store/gauges.ts';
import { defineModels, prepareCollections } from '../../src/store/models.ts';
import { subjectStore } from '../../src/store/subjects.ts';
import { ownDatabase } from '../api/harness.ts';
import { patiently } from '../api/patiently.ts';
import * as caseStory from '../domain/caseStories.ts';
import { givenCase } from '../domain/specification.ts';

let database: Connection;
beforeAll(async () => {
  database = await patiently(() => connectDatabase(ownDatabase(inject('mongodbUrl'))));
  await patiently(() => prepareCollections(database));
});
afterAll(async () => {
  await database.dropDatabase();
  await database.close();
});

/** Has these cases written as their workflows would, and no others; answers what the gauges say of them. */
async function gaugesOf(states: CaseState[], at: number) {
  const models = defineModels(database);
  await models.cases.collection.deleteMany({});
  const subjects = subjectStore(models);
  for (const [index, state] of states.entries()) {
    const id = `${state.facts.id}-${index}`;
    const numbers = { writeSeq: 1, timelineSeq: 0, version: 1 };
    const document = { collection: 'cases' as const, id, ...numbers, listed: listedCase(state), state, outcomes: [] };
    await subjects.write({ subject: `case/${id}`, document, timeline: [], notices: [], ledger: [], outcomes: [] });
  }
  return gaugeReader(database)(at);
}
const stateOf = (events: Parameters<typeof givenCase>) => givenCase(...events).state;
const placed = (place: RegExp) => {
  const [name] = Object.keys(caseStory.everyPlace).filter((one) => place.test(one));
  return stateOf(caseStory.everyPlace[name!]!);
};

it('INT-2, INT-5, INT-9, CASE-14: what waits for agents is counted in its own queue, since it came there', async () => {
  const adjudicating = caseStory.adjudicating();
  const begun = adjudicating.at(-1)!.at;
  // the platform was asked in long before it could rule
  expect(stateOf(adjudicating).intervention!.requestedAt).toBeLessThan(begun);
  const appealed = placed(/the merchant has appealed$/);
  const failed = placed(/^refund_failed/);
  const { lines } = await gaugesOf([stateOf(adjudicating), appealed, failed, placed(/^refunded/)], 0);
  expect(lines).toEqual([
    { queue: 'audit', count: 0 },
    { queue: 'adjudication', count: 1, oldestAt: begun },
    { queue: 'appeal', count: 1, oldestAt: expect.any(Number) },
    { queue: 'escalated', count: 0 },
    { queue: 'refund-failures', count: 1, oldestAt: expect.any(Number) },
    { queue: 'tickets', count: 0 },
  ]);
});

it('POL-3: a deadline beside the case’s own that ought to have fired is overdue, too', async () => {
  const appealed = placed(/the merchant has appealed$/);
  const { at } = (appealed.merchantAppeal as { deadline: { at: number } }).deadline;
  const overdueAt = async (moment: number) => {
    const { overdue } = await gaugesOf([appealed], moment);
    return overdue.find(({ subject }) => subject === 'case');
  };
  expect(await overdueAt(at)).toEqual({ subject: 'case', count: 0 });
  expect(await overdueAt(at + 1)).toEqual({ subject: 'case', count: 1, oldestAt: at });
});

it('REF-4, CASE-14: money waits since it came to wait, whatever was tried in the meantime', async () => {
  const waits = async (events: Parameters<typeof givenCase>, state: 'held' | 'unknown' | 'declined') => {
    const begun = events.at(-1)!.at;
    const before = stateOf(events);
    // an agent has tried to settle it by hand since, in vain
    const later = { ...before, updatedAt: begun + 3_600_000, version: before.version + 1 };
    const { payments } = await gaugesOf([later], 0);
    expect(payments.filter(({ count }) => count > 0)).toMatchObject([{ state, count: 1, oldestAt: begun }]);
  };
  await waits(caseStory.refundHeld(), 'held');
  await waits(caseStory.refundUnknown(), 'unknown');
  await waits(caseStory.compensationUnknown(), 'unknown');
  await waits(caseStory.payoutUnknown(), 'unknown');
  await waits(caseStory.refundFailed(), 'declined');
  await waits(caseStory.payoutDeclined(), 'declined');
});
