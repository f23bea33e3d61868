import { describe, expect, it } from 'vitest';
import { type CaseState, evolveAll, refundState } from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { ownDeadline } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase } from '../../src/domain/case/decide.ts';
import { previewRulings, type RulingPreview } from '../../src/domain/case/preview.ts';
import type { Actor } from '../../src/domain/parties.ts';
import { days, hours } from '../builders.ts';
import * as story from './caseStories.ts';
import { consumer, givenCase, merchant } from './specification.ts';

const { price } = story;
const senior: Actor = { role: 'agent', id: 'a-2' };
const why = { liability: 'merchant', reasons: '证据充分' } as const;

function does<Name extends CaseCommandName>(
  state: CaseState,
  name: Name,
  fields: CaseCommands[Name],
  actor: Actor,
  at: number,
): CaseState {
  const { answer, events } = decideCase(state, name, fields, { commandId: 'c', actor, at });
  expect(answer).toEqual({ kind: 'accepted' });
  return evolveAll(state, events);
}

/** The ruling that a preview is of, really given. */
function given(state: CaseState, { action, favour, remedy, refund }: RulingPreview, at: number): CaseState {
  const name = action === 'ruling' ? 'ruling' : 'appealRuling';
  const wish = remedy ? { remedy, ...(remedy === 'refund_only' ? { refundAmount: refund.full } : {}) } : {};
  return does(state, name, { favour, ...wish, ...why }, senior, at);
}

/** The refund step, with the goods back where they travel. */
function refundStepOf(ruled: CaseState, at: number): CaseState {
  if (ruled.stage.status !== 'awaiting_buyer_return') return ruled;
  const sent = does(ruled, 'trackingNumber', { carrier: 'SF', trackingNumber: 'S' }, consumer, at);
  return does(sent, 'receiptConfirmation', { outcome: 'received' }, merchant, at);
}

const origins = { refusal: story.refusedByMerchant, silence: story.silent, 'receipt refusal': story.receiptRefused };
const phases = {
  adjudication: story.adjudicating,
  appeal: story.appealed,
  'overdue adjudication': (before: ReturnType<typeof story.opened>) => story.escalated(story.adjudicating(before)),
  'adjudication with a question open': (before: ReturnType<typeof story.opened>) =>
    story.asked(story.adjudicating(before), 'merchant', hours(71)),
};
const situations = Object.entries(phases).flatMap(([phase, comesTo]) =>
  Object.entries(origins).flatMap(([origin, before]) =>
    (['online', 'cod'] as const).flatMap((paymentMethod) =>
      [price, 0].map((refundAmount) => ({
        phase,
        origin,
        paymentMethod,
        refundAmount,
        events: comesTo(before({ paymentMethod, refundAmount })),
      })),
    ),
  ),
);

describe('what a ruling would cause', () => {
  it.each(situations)(
    'INT-5, INT-6, INT-9: in $phase after a $origin, $paymentMethod, $refundAmount at stake, as it comes when it is given',
    ({ events, refundAmount }) => {
      const { state } = givenCase(...events);
      const at = state.updatedAt + hours(1);
      const previews = previewRulings(state, at);
      expect(previews.map(({ favour, remedy }) => remedy ?? favour)).toEqual([
        'merchant',
        'return_and_refund',
        ...(refundAmount > 0 ? ['refund_only'] : []),
        'exchange',
        'reship',
      ]);
      for (const preview of previews) {
        expect(availableActions(state, 'agent')).toContain(preview.action);
        const ruled = given(state, preview, at);
        const running = ownDeadline(ruled);
        expect(preview.leadsTo).toBe(ruled.stage.status);
        expect(preview.deadline?.at).toBe(running?.at);
        expect(preview.deadline).toEqual(
          running && { ...running, from: undefined, length: ruled.facts.policy.deadlines[running.kind as 'appeal'] },
        );
        expect(preview.goodsTravel).toBe(ruled.stage.status === 'awaiting_buyer_return');
        const paying = refundStepOf(ruled, at);
        const inRefundStep = refundState(paying) === 'requested';
        expect(preview.payment?.amount).toBe(inRefundStep ? paying.remedy.amount : undefined);
        expect(preview.payment?.by).toBe(
          inRefundStep ? (paying.stage.status === 'refunding' ? 'platform' : 'merchant') : undefined,
        );
      }
    },
  );

  const told = (events: Parameters<typeof givenCase>) => {
    const { state } = givenCase(...events);
    return previewRulings(state, state.updatedAt + hours(1)).map(
      ({ favour, remedy, leadsTo, goodsTravel, payment }) => [
        remedy ?? favour,
        leadsTo,
        goodsTravel,
        ...(payment ? [payment.by, payment.amount, payment.when] : []),
      ],
    );
  };

  it('INT-6: after a first refusal the goods go back first; then the platform pays', () => {
    expect(told(story.adjudicating())).toEqual([
      ['merchant', 'awaiting_appeal', false],
      ['return_and_refund', 'awaiting_buyer_return', true, 'platform', price, 'once_the_goods_are_back'],
      ['refund_only', 'refunding', false, 'platform', price, 'at_once'],
      ['exchange', 'awaiting_buyer_return', true],
      ['reship', 'awaiting_replacement', false],
    ]);
  });

  it('INT-6, CASE-12: after a receipt refusal they don’t travel again, and on cod the merchant pays', () => {
    expect(told(story.adjudicating(story.receiptRefused({ paymentMethod: 'cod' })))).toEqual([
      ['merchant', 'awaiting_appeal', false],
      ['return_and_refund', 'awaiting_refund_voucher', false, 'merchant', price, 'at_once'],
      ['refund_only', 'awaiting_refund_voucher', false, 'merchant', price, 'at_once'],
      ['exchange', 'awaiting_replacement', false],
      ['reship', 'awaiting_replacement', false],
    ]);
  });

  it('INT-9: a ruling for the merchant can be appealed for seven days; one on the appeal ends it', () => {
    const { state } = givenCase(...story.adjudicating());
    const at = state.updatedAt + hours(1);
    expect(previewRulings(state, at)[0]).toEqual({
      action: 'ruling',
      favour: 'merchant',
      refund: { full: 0, partAllowed: false },
      leadsTo: 'awaiting_appeal',
      deadline: {
        kind: 'appeal',
        at: at + days(7),
        length: 'P7D',
        rule: 'INT-9',
        waitingFor: 'consumer',
        onExpiry: 'closed_without_refund',
      },
      appealUntil: at + days(7),
      goodsTravel: false,
    });
    expect(previewRulings(givenCase(...story.appealed()).state, at)[0]).toEqual({
      action: 'appeal-ruling',
      favour: 'merchant',
      refund: { full: 0, partAllowed: false },
      leadsTo: 'closed',
      goodsTravel: false,
    });
  });

  it.each(Object.keys(story.everyPlace))('none where there is nothing to rule on: %s', (place) => {
    const { state } = givenCase(...story.everyPlace[place]!);
    const isRuled = /^under_(adjudication|appeal)|the merchant has appealed/.test(place);
    expect(previewRulings(state, state.updatedAt).length > 0).toBe(isRuled);
  });

  it('INT-9: a ruling for the consumer can be appealed by the merchant for seven days', () => {
    const { state } = givenCase(...story.adjudicating());
    const at = state.updatedAt + hours(1);
    expect(previewRulings(state, at)[1]).toMatchObject({ remedy: 'return_and_refund', appealUntil: at + days(7) });
  });

  it('INT-9: of a merchant’s appeal, what the platform pays, and when; the status stays', () => {
    const none = { action: 'appeal-ruling', refund: { full: 0, partAllowed: false }, goodsTravel: false };
    const previewed = (events: Parameters<typeof givenCase>) => {
      const { state } = givenCase(...events);
      return previewRulings(state, state.updatedAt + hours(1));
    };
    expect(previewed(story.merchantAppealed(story.wonAndRefunded()))).toEqual([
      { favour: 'merchant', leadsTo: 'refunded', payout: { amount: price, when: 'at_once' }, ...none },
      { favour: 'consumer', leadsTo: 'refunded', ...none },
    ]);
    expect(previewed(story.merchantAppealed(story.won()))[0]).toMatchObject({
      leadsTo: 'refunding',
      payout: { amount: price, when: 'once_the_case_has_ended' },
    });
  });

  it('INT-9: of a merchant’s appeal and of the next dispute beside it, each by its own action', () => {
    const ruling = { favour: 'consumer', remedy: 'return_and_refund', ...why } as const;
    const nothingMore = { evidenceIds: [], complete: true };
    const request = { reason: 'merchant_refused' as const, statement: '寄回的就是原物', evidenceIds: [] };
    const { state: first } = givenCase(...story.adjudicating());
    const at = first.updatedAt + hours(1);
    let state = does(first, 'ruling', ruling, { role: 'agent', id: 'a-1' }, at);
    state = does(state, 'appeal', { statement: '不服', evidenceIds: [] }, merchant, at);
    state = does(state, 'trackingNumber', { carrier: 'SF', trackingNumber: 'S' }, consumer, at);
    state = does(state, 'receiptConfirmation', { outcome: 'refused', refusalCode: 'not_received' }, merchant, at);
    state = does(state, 'interventionRequest', request, consumer, at);
    state = does(state, 'interventionAudit', { decision: 'accept' }, senior, at);
    for (const party of [consumer, merchant]) state = does(state, 'evidenceSubmission', nothingMore, party, at);

    const previews = previewRulings(state, at);
    expect(previews.map(({ action, favour, remedy }) => [action, remedy ?? favour])).toEqual([
      ['ruling', 'merchant'],
      ['ruling', 'return_and_refund'],
      ['ruling', 'refund_only'],
      ['ruling', 'exchange'],
      ['ruling', 'reship'],
      ['appeal-ruling', 'merchant'],
      ['appeal-ruling', 'consumer'],
    ]);
    for (const preview of previews) expect(given(state, preview, at).stage.status).toBe(preview.leadsTo);
  });
});
