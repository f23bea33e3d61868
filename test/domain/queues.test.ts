import { describe, expect, it } from 'vitest';
import { availableActions } from '../../src/domain/case/decide.ts';
import { barredFrom, caseQueues } from '../../src/domain/case/queue.ts';
import { orderQueues } from '../../src/domain/order/queue.ts';
import { listedStandings, placeInLine } from '../../src/domain/queue.ts';
import { hours } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { agent, consumer, givenCase, givenOrder } from './specification.ts';

const stateOf = (events: Parameters<typeof givenCase>) => givenCase(...events).state;
const lastOf = (events: { at: number }[]) => events.at(-1)!.at;

/** Where a case in each place waits for an agent; in all other places it doesn't. */
const waits: [place: RegExp, queue: string, deadline: string | undefined][] = [
  [/^intervention_requested after /, 'audit', 'interventionAudit'],
  [/^intervention_requested, the consumer asked/, 'audit', 'furtherInformation'],
  [/^under_adjudication after /, 'adjudication', 'adjudication'],
  [/^under_adjudication, the consumer asked/, 'adjudication', 'furtherInformation'],
  [/^under_appeal after /, 'appeal', 'adjudication'],
  [/^under_(adjudication|appeal), escalated/, 'escalated', undefined],
  [/^(refund|compensation)_failed/, 'refund-failures', undefined],
  [/the merchant has appealed$/, 'appeal', 'merchantAppealRuling'],
  [/declined/, 'refund-failures', undefined],
];

describe('where a case waits for an agent', () => {
  it.each(Object.keys(caseStory.everyPlace))('INT-2, INT-5, INT-9, CASE-14: a case in %s', (place) => {
    const expected = waits.filter(([places]) => places.test(place)).map(([, queue, deadline]) => [queue, deadline]);
    const found = caseQueues(stateOf(caseStory.everyPlace[place]!));
    expect(found.map(({ queue, deadline }) => [queue, deadline?.kind])).toEqual(expected);
  });

  it.each(Object.keys(caseStory.everyPlace))(
    'what only an agent can move on stands in a queue: a case in %s',
    (place) => {
      const state = stateOf(caseStory.everyPlace[place]!);
      const work = ['intervention-audit', 'ruling', 'appeal-ruling', 'refund-retry'];
      if (availableActions(state, 'agent').some((action) => work.includes(action)))
        expect(caseQueues(state)).not.toEqual([]);
    },
  );

  it('since when: since it came there, whatever happens meanwhile', () => {
    const sinceOf = (events: Parameters<typeof givenCase>) => caseQueues(stateOf(events))[0]?.since;
    const { requested, adjudicating, asked, escalated, appealed, refundFailed, settling } = caseStory;
    expect(sinceOf(asked(requested(), 'consumer', hours(47)))).toBe(lastOf(requested()));
    expect(sinceOf(asked(adjudicating(), 'consumer', hours(71)))).toBe(lastOf(adjudicating()));
    expect(sinceOf(asked(escalated(adjudicating()), 'merchant'))).toBe(lastOf(escalated(adjudicating())));
    expect(sinceOf(appealed())).toBe(lastOf(appealed()));
    expect(sinceOf(settling(refundFailed()))).toBe(lastOf(refundFailed()));
    const answered = asked(adjudicating(), 'consumer', hours(71));
    const { deadline } = givenCase(...adjudicating()).state.stage as { deadline: { at: number } };
    expect(
      sinceOf([
        ...answered,
        {
          type: 'informationPhaseEnded',
          actor: consumer,
          rule: 'INT-4',
          at: lastOf(answered) + hours(2),
          deadline: { kind: 'adjudication', from: lastOf(answered) + hours(2), at: deadline.at + hours(2) },
        },
      ]),
    ).toBe(lastOf(adjudicating()));
  });

  it('INT-9: an appeal bars the agent who ruled, and no other', () => {
    const state = stateOf(caseStory.appealed());
    expect(barredFrom(state, agent)?.code).toBe('ruled_before');
    expect(barredFrom(state, { role: 'agent', id: 'a-2' })).toBeUndefined();
    expect(barredFrom(stateOf(caseStory.adjudicating()), agent)).toBeUndefined();
  });
});

describe('where an order waits for an agent', () => {
  it.each(Object.keys(orderStory.everyPlace))('ORD-11: an order in %s', (place) => {
    const failed = place.includes('refund refused') || place.includes('refused refund');
    const found = orderQueues(givenOrder(...orderStory.everyPlace[place]!).state);
    expect(found).toEqual(failed ? [{ queue: 'refund-failures', since: orderStory.at.later }] : []);
  });
});

describe('the order in a queue', () => {
  const due = (at: number, since = 0) => ({
    queue: 'audit' as const,
    since,
    deadline: { kind: 'interventionAudit' as const, at, from: 0, rule: '', waitingFor: '', onExpiry: '' },
  });

  it('due first, then what has no deadline, oldest first', () => {
    const line = [due(7), { queue: 'escalated', since: 3 }, due(5, 9), { queue: 'escalated', since: 2 }] as const;
    expect([...line].sort((a, b) => placeInLine(a) - placeInLine(b))).toEqual([line[2], line[0], line[3], line[1]]);
  });

  it('what stands in two queues has its foremost place in both; what stands in none is not listed', () => {
    expect(listedStandings([{ queue: 'refund-failures', since: 1 }, due(5)])).toEqual({
      queues: ['refund-failures', 'audit'],
      queuePlace: 5,
    });
    expect(listedStandings([])).toEqual({});
  });
});
