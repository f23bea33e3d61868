import { describe, expect, it } from 'vitest';
import type { CaseEvent } from '../../src/domain/case/case.ts';
import { deedsOf, type Entry, rehearse } from '../../src/domain/case/rehearsal.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import type { PolicyDocument } from '../../src/domain/policy/policy.ts';
import { aPolicy, days, hours } from '../builders.ts';
import * as story from './caseStories.ts';
import { givenCase } from './specification.ts';

const { at, price } = story;

/** A history as its timeline keeps it. */
const timelineOf = (events: CaseEvent[]): Entry[] =>
  events.map((event) => {
    const { type, at: when, actor, rule: _rule, ...detail } = event;
    return { type, at: when, actor, detail: structuredClone(detail) as Record<string, unknown> };
  });

const withDeadlines = (changes: Partial<PolicyDocument['deadlines']>) =>
  aPolicy({ deadlines: { ...defaultPolicy.deadlines, ...changes } });

function rehearsed(events: CaseEvent[], policy = givenCase(...events).state.facts.policy, until = events.at(-1)!.at) {
  const { facts } = givenCase(...events).state;
  return rehearse(facts, policy, deedsOf(timelineOf(events)), until);
}

describe('a case rehearsed under the policy that it really followed', () => {
  // A provider that refuses or does not answer has no place in a rehearsal: there, money is paid at once.
  const paidAtOnce = /refunding|refund_failed|compensat|payout|being paid|was paid|appeal won|refunded, the merchant/;
  const places = Object.entries(story.everyPlace).filter(([place]) => !paidAtOnce.test(place));

  it.each(places)('comes to where it came: %s', (_, events) => {
    const { stage } = givenCase(...events).state;
    const again = rehearsed(events);
    expect(again).toMatchObject({ status: stage.status, refused: [] });
    expect(again.closeReason).toBe(stage.status === 'closed' ? stage.reason : undefined);
  });

  it('REF-5: pays what was paid, when it ended', () => {
    const until = at.later;
    expect(rehearsed(story.refunding(), undefined, until)).toEqual({
      status: 'refunded',
      endedAt: at.received,
      toConsumer: price,
      fromPlatform: price,
      penalty: 0,
      refused: [],
    });
    expect(rehearsed(story.awaitingVoucher(), undefined, until)).toMatchObject({
      status: 'compensated',
      endedAt: at.received + hours(48),
      penalty: 645,
    });
  });
});

describe('a case rehearsed under another policy', () => {
  it('CASE-3: with less time to decide, a refusal comes too late, and nothing is sent back', () => {
    const policy = withDeadlines({ merchantDecision: 'PT30M', buyerReturn: 'P1D' });
    expect(rehearsed(story.refusedByMerchant(), policy, at.later)).toEqual({
      status: 'closed',
      closeReason: 'no_return_shipment',
      endedAt: at.opened + hours(0.5) + days(1),
      toConsumer: 0,
      fromPlatform: 0,
      penalty: 0,
      refused: [{ name: 'merchantDecision', at: at.decided, code: 'action_not_available' }],
    });
  });

  it.each([
    ['an instant before', 1],
    ['at', 0],
    ['an instant after', -1],
  ])('POL-3: an approval %s the deadline', (_, left) => {
    const policy = withDeadlines({ merchantDecision: `PT${(hours(1) + left) / 1000}S` });
    const again = rehearsed(story.approved(), policy, at.decided);
    expect(again.status).toBe('awaiting_buyer_return');
    expect(again.refused).toHaveLength(left < 0 ? 1 : 0);
  });

  it('CASE-13: another penalty is another sum', () => {
    const policy = aPolicy({ codPenalty: { basisPoints: 1_000, minimum: 500 } });
    expect(rehearsed(story.awaitingVoucher(), policy, at.later).penalty).toBe(price / 10);
  });

  it('INT-1: where silence is only silence, nobody’s asking closes it', () => {
    const policy = aPolicy({ onMerchantSilence: 'allow_intervention' });
    expect(rehearsed(story.opened(), policy, at.opened + days(5))).toMatchObject({
      status: 'closed',
      closeReason: 'no_intervention_request',
      endedAt: at.opened + hours(96),
    });
  });
});
