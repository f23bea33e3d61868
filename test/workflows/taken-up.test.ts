import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CaseState, evolveAll } from '../../src/domain/case/case.ts';
import { decideCase } from '../../src/domain/case/decide.ts';
import { abandonmentStart, takingUpStart } from '../../src/workflows/starting.ts';
import { anOrder, hours } from '../builders.ts';
import { agent, CaseUnderTest, graceMs, Harness, merchant } from './harness.ts';
import { applied, refused } from './stories.ts';

// Decision 0014: the newer of workflow and document goes on. Nobody's deadline may move by it, nor anything be decided twice.

let harness: Harness;
let elsewhere: Harness;
beforeAll(async () => {
  [harness, elsewhere] = await Promise.all([
    Harness.start(inject('testServerPath')),
    Harness.start(inject('testServerPath')),
  ]);
});
afterAll(() => Promise.all([harness.stop(), elsewhere.stop()]));

const refusal = ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }] as const;
const settings = { graceMs };
const leftOf = ({ id, state }: CaseUnderTest) => ({ ...state.facts, kind: 'case' as const, id, state });
const count = (one: CaseUnderTest, type: string) => one.story.filter((each) => each === type).length;

/**
 * An application with its document, which was written elsewhere: here no workflow knows it. (Where one was terminated, the test
 * server's clock stands still.)
 */
async function lost(): Promise<CaseUnderTest> {
  const order = anOrder();
  const receivedAt = await harness.now();
  elsewhere.world.deliver(order, receivedAt);
  const there = await elsewhere.apply(order, { receivedAt });
  for (const kept of ['documents', 'timelines', 'allocations'] as const) {
    const key = kept === 'allocations' ? order.id : there.subject;
    const from = elsewhere.world[kept] as Map<string, unknown>;
    (harness.world[kept] as Map<string, unknown>).set(key, structuredClone(from.get(key)));
  }
  return new CaseUnderTest(harness, there.subject, there.id, there.opened);
}

/** One that is lost, and a workflow that goes on from its document. */
async function takenUp(afterMs = 1_000): Promise<CaseUnderTest> {
  const one = await lost();
  const { type, ...options } = takingUpStart(leftOf(one), settings, { afterMs }, 'nothing');
  await harness.env.client.workflow.start(type, { ...options, taskQueue: harness.taskQueue });
  await harness.env.sleep(afterMs + 1_000);
  return one;
}

describe('a case taken up from its document', () => {
  it('keeps its deadline, which fires once', async () => {
    const one = await takenUp();
    await harness.world.until(() => one.story.includes('takenUp'));
    expect(one.deadlineAt).toBe(one.opened.receivedAt + hours(48));
    await harness.sleepUntil(one.deadlineAt + graceMs + 1_000);
    await one.becomes('awaiting_buyer_return');
    expect(one.story.slice(0, 3)).toEqual(['caseOpened', 'takenUp', 'applicationApproved']);
    expect(count(one, 'applicationApproved')).toBe(1);
    expect(one.timeline.find(({ type }) => type === 'applicationApproved')).toMatchObject({
      rule: 'CASE-3',
      actor: { role: 'timer' },
    });
  });

  it.each([
    ['1 ms before its deadline', -1],
    ['at its deadline', 0],
  ])('POL-4: an act received %s counts, although nobody ran to hear it until after that', async (_, offset) => {
    const one = await takenUp(hours(48) + 1_000);
    const receivedAt = one.opened.receivedAt + hours(48) + offset;
    expect(await one.give(merchant, [...refusal], { receivedAt })).toBe('accepted');
    expect(one.story).toEqual(['caseOpened', 'takenUp', 'applicationRefused']);
  });

  it('POL-4: an act received 1 ms after its deadline waits until that has fired', async () => {
    const one = await takenUp(hours(48) + 1_000);
    const deadline = one.opened.receivedAt + hours(48);
    const late = await one.send(merchant, [...refusal], { receivedAt: deadline + 1 });
    await harness.sleepUntil(deadline + graceMs + 1_000);
    expect(await one.answered(late)).toBe('action_not_available');
    expect(one.story.slice(0, 3)).toEqual(['caseOpened', 'takenUp', 'applicationApproved']);
    expect(count(one, 'applicationRefused')).toBe(0);
  });

  it('POL-6: taken up more than 5 min after its deadline, whoever had to act gets time once', async () => {
    const one = await takenUp(hours(48) + graceMs + 360_000);
    await harness.world.until(() => one.story.includes('deadlineExtended'));
    const { deadlineAt } = one;
    expect(deadlineAt).toBeGreaterThan(one.opened.receivedAt + hours(48) + graceMs + 360_000);
    expect(await one.give(merchant, [...refusal], { receivedAt: deadlineAt })).toBe('accepted');
    expect(count(one, 'deadlineExtended')).toBe(1);
  });
});

describe('what a workflow that is taken up had done before', () => {
  it('a signal by hand is not taken for the one of that number before', async () => {
    const one = await lost();
    const document = harness.world.documents.get(one.subject)!;
    const before = { commandId: `${one.subject}/by-hand/2`, state: 'accepted' as const };
    document.outcomes.push({ ...before, version: 1, at: one.state.updatedAt });
    const { type, ...options } = takingUpStart(leftOf(one), settings, { afterMs: 1_000 }, 'nothing');
    const handle = await harness.env.client.workflow.start(type, { ...options, taskQueue: harness.taskQueue });
    // one comes before the document has been read, one after that
    await handle.signal('merchantDecison', {});
    await harness.env.sleep(2_000);
    await harness.world.until(() => count(one, 'signalRefused') === 1);
    await handle.signal('merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' });
    await harness.world.until(() => one.story.includes('applicationRefused'));
    expect([3, 4].map((number) => harness.world.outcomes.get(`${one.subject}/by-hand/${number}`)?.state)).toEqual([
      'refused',
      'accepted',
    ]);
  });

  it.each([
    ['sent', 0, 0],
    ['not sent', -1, 1],
  ])('TELL-1: a reminder that was %s comes as often as it must', async (_, offset, times) => {
    const one = await lost();
    const document = harness.world.documents.get(one.subject)!;
    const due = one.deadlineAt - hours(24);
    // it last wrote when it reminded, or just before
    (document.state as CaseState).updatedAt = due + offset;
    await harness.sleepUntil(one.deadlineAt - hours(10));
    const { type: workflow, ...options } = takingUpStart(leftOf(one), settings, { afterMs: 1_000 }, 'nothing');
    await harness.env.client.workflow.start(workflow, { ...options, taskQueue: harness.taskQueue });
    await harness.sleepUntil(one.deadlineAt - hours(1));
    expect(await one.give(merchant, [...refusal])).toBe('accepted');
    expect(one.timeline.filter(({ type }) => type === 'reminded')).toHaveLength(times);
  });
});

describe('a workflow that knows less than its document', () => {
  /** One whose deadline an agent has moved by an hour, of which its workflow has not heard. */
  async function behind(begun = applied(harness)): Promise<{ one: CaseUnderTest; was: number; until: number }> {
    const one = await begun;
    const was = one.deadlineAt;
    const until = was + hours(1);
    const by = { commandId: 'forgotten', actor: agent, at: one.state.updatedAt + 1 };
    const fields = { until: new Date(until).toISOString(), reason: '商家停电' };
    const { events } = decideCase(one.state, 'deadlineExtension', fields, by);
    const state: CaseState = evolveAll(one.state, events);
    const document = one.document as NonNullable<typeof one.document>;
    const listed = { ...document.listed, deadlineAt: until };
    const [writeSeq, timelineSeq] = [document.writeSeq + 2, document.timelineSeq + 1];
    const newer = { ...document, state, listed, version: state.version, writeSeq, timelineSeq };
    harness.world.documents.set(one.subject, newer);
    return { one, was, until };
  }

  it('adopts it with its first write: what only its old state would have let fire never stood', async () => {
    const { one, was, until } = await behind();
    await harness.sleepUntil(was + graceMs + 1_000);
    await harness.world.until(() => one.story.includes('takenUp'));
    expect([one.status, one.deadlineAt]).toEqual(['pending_merchant_review', until]);
    await harness.sleepUntil(until + graceMs + 1_000);
    await one.becomes('awaiting_buyer_return');
    expect(one.state.stage).toMatchObject({ status: 'awaiting_buyer_return' });
    expect(one.state.updatedAt).toBeGreaterThanOrEqual(until);
  });

  it('ELIG-5: frees nothing that its document still holds', async () => {
    const { one, was, until } = await behind(refused(harness));
    const held = () => harness.world.allocations.get(one.state.facts.orderId)?.cases[one.id]?.status;
    await harness.sleepUntil(was + graceMs + 1_000);
    await harness.world.until(() => one.story.includes('takenUp'));
    expect([one.status, held()]).toEqual(['application_refused', 'reserved']);
    await harness.sleepUntil(until + graceMs + 1_000);
    await one.becomes('closed');
    expect(held()).toBe('released');
  });

  it.each([
    ['1 ms before the deadline it had not heard of', -1, 'accepted', 'application_refused'],
    ['at that deadline', 0, 'accepted', 'application_refused'],
    ['1 ms after it', 1, 'action_not_available', 'awaiting_buyer_return'],
  ])('an act received %s is judged in the document’s state, once', async (_, offset, answer, status) => {
    const { one, until } = await behind();
    await harness.sleepUntil(until + 1_000);
    const sent = await one.send(merchant, [...refusal], { receivedAt: until + offset });
    await harness.sleepUntil(until + graceMs + 1_000);
    expect(await one.answered(sent)).toBe(answer);
    expect(one.status).toBe(status);
  });
});

describe('a case that is ended because it can’t go on', () => {
  it.each([
    ['1 ms before its deadline', -1],
    ['at its deadline', 0],
    ['1 ms after its deadline', 1],
  ])('%s: closed, once, and nothing fires after that', async (_, offset) => {
    const one = await lost();
    const deadline = one.deadlineAt;
    const orderId = one.state.facts.orderId;
    await harness.sleepUntil(deadline + offset - 1_000);
    const by = { commandId: `abandon-${one.id}`, receivedAt: deadline + offset, actor: agent };
    const abandoned = { reason: '流程已损坏', by };
    const start = abandonmentStart(leftOf(one), settings, { afterMs: 1_000, abandoned });
    const { type, ...options } = start;
    await harness.env.client.workflow.start(type, { ...options, taskQueue: harness.taskQueue });
    await harness.env.sleep(2_000);
    expect(await one.answered(by.commandId)).toBe('accepted');
    expect(one.state.stage).toMatchObject({ status: 'closed', reason: 'abandoned' });
    await harness.sleepUntil(deadline + hours(1));
    expect(one.story).toEqual(['caseOpened', 'takenUp', 'caseClosed']);
    expect(harness.world.allocations.get(orderId)?.cases[one.id]?.status).toBe('released');
    expect(harness.world.provider.asked).toEqual([]);
  });
});
