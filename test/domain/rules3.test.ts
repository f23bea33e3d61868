import { describe, expect, it } from 'vitest';
import { type CaseEvent, type CaseState, evolveAll, openedCase } from '../../src/domain/case/case.ts';
import { caseDeadlines, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase } from '../../src/domain/case/decide.ts';
import { nextReminder } from '../../src/domain/deadline.ts';
import { evolveOrderAll, type OrderEvent, placedOrder } from '../../src/domain/order/order.ts';
import { hours, noon } from '../builders.ts';
import * as story from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { agent, consumer, merchant } from './specification.ts';

// What is decided otherwise since rules 3, and that what began by older rules goes on by them.

function caseBy(rules: number, [first, ...rest]: CaseEvent[]): CaseState {
  if (first?.type !== 'caseOpened') throw new TypeError('a case begins with its opening');
  return evolveAll(openedCase(first, rules), rest);
}
const given = (actor: typeof merchant, at: number) => ({ commandId: 'c', actor, at });

describe('INT-3, SEE-1: who must still submit evidence', () => {
  it.each([
    ['consumer', 'merchant'],
    ['merchant', 'consumer'],
  ] as const)('the %s has declared to have nothing more: the %s alone', (done, left) => {
    const events = story.hasNothingMore(story.contacted(), done);
    expect(caseDeadlines(caseBy(3, events))[0]!.waitingFor).toBe(left);
    expect(caseDeadlines(caseBy(2, events))[0]!.waitingFor).toBe('consumer_and_merchant');
    expect(caseDeadlines(caseBy(3, story.contacted()))[0]!.waitingFor).toBe('consumer_and_merchant');
  });
});

describe('CASE-16: the merchant relents while the platform looks into it', () => {
  it('by a late approval where the application was refused, also of goods that are back since an earlier case', () => {
    const events = story.requested(story.refusedByMerchant({ goodsBack: true }));
    const offered = (rules: number) => availableActions(caseBy(rules, events), 'merchant');
    expect(offered(3)).toContain('merchant-decision');
    expect(offered(3)).not.toContain('receipt-confirmation');
    expect(offered(2)).toContain('receipt-confirmation');
    expect(offered(2)).not.toContain('merchant-decision');
    const state = caseBy(3, events);
    const { answer, events: brought } = decideCase(
      state,
      'merchantDecision',
      { decision: 'approve' },
      given(merchant, state.updatedAt + 1),
    );
    expect(answer).toEqual({ kind: 'accepted' });
    expect(evolveAll(state, brought).stage.status).toBe('refunding');
  });

  it('by confirming the receipt where what arrived was refused', () => {
    const offered = availableActions(caseBy(3, story.requested(story.receiptRefused())), 'merchant');
    expect(offered).toContain('receipt-confirmation');
    expect(offered).not.toContain('merchant-decision');
  });
});

describe('SEE-2: an automatic ending names its rule and the deadline that passed', () => {
  const withdrawnAt = (rules: number, offset: number) => {
    const state = caseBy(rules, story.requested());
    const old = (state.intervention!.origin as { deadline: { at: number } }).deadline;
    const { events } = decideCase(state, 'interventionWithdrawal', {}, given(consumer, old.at + offset));
    return { old, closed: events.find(({ type }) => type === 'caseClosed') };
  };

  it('INT-7: a request taken back after the old deadline closes the case by that; at its end it still runs', () => {
    const { old, closed } = withdrawnAt(3, 1);
    expect(closed).toMatchObject({ rule: 'INT-7', passedDeadline: old });
    expect([withdrawnAt(3, -1).closed, withdrawnAt(3, 0).closed]).toEqual([undefined, undefined]);
    expect(withdrawnAt(2, 1).closed).not.toHaveProperty('passedDeadline');
  });

  it('INT-1: silence that nobody takes to the platform ends under its own rule, a refusal under CASE-5', () => {
    const ending = (rules: number, events: CaseEvent[]) => {
      const state = caseBy(rules, events);
      const [running] = caseDeadlines(state);
      const [closed] = expireCaseDeadline(state, running!, running!.at, running!.at);
      return [running!.rule, closed!.rule];
    };
    expect(ending(3, story.silent())).toEqual(['INT-1', 'INT-1']);
    expect(ending(2, story.silent())).toEqual(['CASE-5', 'CASE-5']);
    expect(ending(3, story.refusedByMerchant())).toEqual(['CASE-5', 'CASE-5']);
  });
});

describe('TELL-1: an extension is told once', () => {
  const extended = (rules: number, at: number) => {
    const state = caseBy(rules, story.opened());
    const [running] = caseDeadlines(state);
    const until = new Date(running!.at + hours(2)).toISOString();
    const { events } = decideCase(state, 'deadlineExtension', { until, reason: '物流停运' }, given(agent, at));
    return evolveAll(state, events);
  };
  const remindedAt = (state: CaseState, after: number) =>
    nextReminder(state.facts.policy, caseDeadlines(state), after)?.at;
  const reminder = noon + hours(24);

  it('a reminder that lies behind as the deadline is moved is not sent once more', () => {
    const late = noon + hours(30);
    expect(remindedAt(extended(3, late), reminder)).toBeUndefined();
    expect(remindedAt(extended(2, late), reminder)).toBe(noon + hours(26));
  });

  it('one that is still to come is, and one at that very moment is not', () => {
    const moved = noon + hours(26);
    expect(remindedAt(extended(3, moved - 1), 0)).toBe(moved);
    expect(remindedAt(extended(3, moved), 0)).toBeUndefined();
  });
});

describe('POL-5: which deadline an agent extends', () => {
  const before = story.adjudicating();
  const ruled = decideCase(
    caseBy(3, before),
    'ruling',
    { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '商品有质量问题' },
    given(agent, before.at(-1)!.at + 1),
  ).events;
  const events = [...before, ...ruled];
  const extend = (kind?: 'merchantAppeal' | 'buyerReturn' | 'evidence') => {
    const state = caseBy(3, events);
    const until = new Date(state.updatedAt + hours(24 * 30)).toISOString();
    const fields = { until, reason: '节假日', ...(kind ? { kind } : {}) };
    const decision = decideCase(state, 'deadlineExtension', fields, given(agent, state.updatedAt));
    const after = evolveAll(state, decision.events);
    return { decision, moved: caseDeadlines(after).filter(({ movedAt }) => movedAt !== undefined) };
  };

  it('the one it names, else the case’s own', () => {
    expect(
      caseDeadlines(caseBy(3, events))
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['buyerReturn', 'merchantAppeal']);
    expect(extend('merchantAppeal').moved.map(({ kind }) => kind)).toEqual(['merchantAppeal']);
    expect(extend('buyerReturn').moved.map(({ kind }) => kind)).toEqual(['buyerReturn']);
    expect(extend().moved.map(({ kind }) => kind)).toEqual(['buyerReturn']);
  });

  it('none that doesn’t run', () => {
    expect(extend('evidence').decision.answer).toMatchObject({
      kind: 'refused',
      refusal: { code: 'no_running_deadline' },
    });
  });
});

describe('REF-4: since when it is not known what became of a payment', () => {
  it('is kept with the payment, and goes with what is learnt', () => {
    const unknown = story.refundUnknown();
    const at = unknown.at(-1)!.at;
    expect(caseBy(3, unknown).stage).toMatchObject({ outcome: 'unknown', since: at });
    expect(caseBy(2, unknown).stage).not.toHaveProperty('since');
    const payout = caseBy(3, story.payoutUnknown()).merchantAppeal;
    expect(payout).toMatchObject({ payout: { outcome: 'unknown', since: story.payoutUnknown().at(-1)!.at } });
  });

  it('an order’s, too', () => {
    const [name] = Object.keys(orderStory.everyPlace).filter((place) => place.includes('unknown'));
    const [first, ...rest] = orderStory.everyPlace[name!] as [
      Extract<OrderEvent, { type: 'orderPlaced' }>,
      ...OrderEvent[],
    ];
    const refundBy = (rules: number) => evolveOrderAll(placedOrder(first, rules), rest).refunds[0];
    const at = rest.find(({ type }) => type === 'refundUnknown')!.at;
    expect(refundBy(3)).toMatchObject({ state: 'unknown', unknownAt: at });
    expect(refundBy(1)).not.toHaveProperty('unknownAt');
  });
});
