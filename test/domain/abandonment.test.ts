import { describe, expect, it } from 'vitest';
import { abandonCase } from '../../src/domain/case/abandonment.ts';
import {
  type CaseEvent,
  type CaseState,
  caseRulesVersion,
  evolveAll,
  isFinal,
  openedCase,
  openPayment,
} from '../../src/domain/case/case.ts';
import { awaitedByCase, caseSettlement } from '../../src/domain/case/effects.ts';
import type { Found } from '../../src/domain/money/provider.ts';
import { awaitedByOrder } from '../../src/domain/order/effects.ts';
import {
  evolveOrderAll,
  type OrderEvent,
  type OrderState,
  orderRulesVersion,
  placedOrder,
} from '../../src/domain/order/order.ts';
import * as story from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { agent } from './specification.ts';

function stateAfter([first, ...rest]: CaseEvent[]): CaseState {
  if (first?.type !== 'caseOpened') throw new TypeError('a story begins with the application');
  return evolveAll(openedCase(first, caseRulesVersion), rest);
}
function orderAfter([first, ...rest]: OrderEvent[]): OrderState {
  if (first?.type !== 'orderPlaced') throw new TypeError('a story begins with the order');
  return evolveOrderAll(placedOrder(first, orderRulesVersion), rest);
}

const at = Date.parse('2030-01-01T00:00:00Z');
const abandon = (state: CaseState, found?: Found) => abandonCase(state, '流程已损坏', found, { actor: agent, at });
const done: Found = { outcome: 'done', reference: 'r-1', at };

describe('ending a case that can’t go on', () => {
  it.each(Object.entries(story.everyPlace))(
    '%s: closed once, refused where it is final or money is owed (CASE-14)',
    (_, events) => {
      const state = stateAfter(events);
      const { answer, events: brought } = abandon(state, { outcome: 'none' });
      const { status } = state.stage;
      // a cod refund is the merchant's to pay, and in the end the platform's (CASE-12, CASE-13)
      if (isFinal(status) || openPayment(state) || status === 'awaiting_refund_voucher') {
        expect([answer.kind, brought]).toEqual(['refused', []]);
        return;
      }
      expect(answer).toEqual({ kind: 'accepted' });
      const after = evolveAll(state, brought);
      expect(after.stage).toMatchObject({ status: 'closed', reason: 'abandoned' });
      expect(after.version).toBe(state.version + 1);
      // what it held is free, unless the goods are at the merchant or on their way (ELIG-6, CASE-10)
      const [closed] = brought;
      const sent = state.returnShipment !== null || state.facts.goodsBack === true;
      expect(closed && caseSettlement(after, closed)).toMatchObject({ status: sent ? 'held' : 'released' });
    },
  );

  it('whose payment the provider has made ends as paid', () => {
    const { events } = abandon(stateAfter(story.refundUnknown()), done);
    expect(events).toMatchObject([{ type: 'refundSettled', reference: 'r-1' }]);
    const compensated = abandon(stateAfter(story.compensationUnknown()), done);
    expect(compensated.events).toMatchObject([{ type: 'compensationSettled' }]);
  });

  it.each([
    { outcome: 'unknown', reason: 'away' },
    { outcome: 'pending', reference: 'r-1' },
  ] as const)('whose payment is $outcome stays as it is (REF-4)', (found) => {
    const { answer, events } = abandon(stateAfter(story.refundUnknown()), found);
    expect(events).toEqual([]);
    expect(answer).toMatchObject({ kind: 'refused', refusal: { code: 'refund_outcome_unknown' } });
  });
});

describe('what a state says is still to be carried out, where nothing but the state is left', () => {
  const keysOf = (events: CaseEvent[]) => awaitedByCase(stateAfter(events)).map(({ effect }) => effect.key);

  it('a payment under its own key, unless it was refused for good', () => {
    expect(keysOf(story.refunding())).toEqual([story.refundKey]);
    expect(keysOf(story.refundUnknown())).toEqual([story.refundKey]);
    expect(keysOf(story.refundFailed())).toEqual([]);
    expect(keysOf(story.refunded())).toEqual([]);
    expect(keysOf(story.payingMerchant())).toEqual([story.appealPayout.key]);
  });

  it('a settlement by hand as a check that answers its command (CASE-14)', () => {
    const [one] = awaitedByCase(stateAfter(story.settling(story.refundUnknown())));
    expect(one).toMatchObject({
      effect: { type: 'checkPayment', paymentKey: story.refundKey },
      commandId: expect.any(String),
    });
  });

  it('the merchant’s return address while there is none (CASE-2)', () => {
    const state = stateAfter(story.approved());
    expect(awaitedByCase({ ...state, returnAddress: null })).toMatchObject([
      { effect: { type: 'resolveReturnAddress' } },
    ]);
  });

  it('an order’s completion once its period is over, and its refunds (ORD-1, ORD-4)', () => {
    expect(awaitedByOrder(orderAfter(orderStory.awaitingCompletion()))).toMatchObject([
      { effect: { type: 'completeOrder' } },
    ]);
    expect(awaitedByOrder(orderAfter(orderStory.cancelledPaid()))).toMatchObject([{ effect: { type: 'pay' } }]);
    expect(awaitedByOrder(orderAfter(orderStory.refundFailed()))).toEqual([]);
    expect(awaitedByOrder(orderAfter(orderStory.completed()))).toEqual([]);
  });
});
