import { describe, expect, it } from 'vitest';
import type { CaseEvent, CaseState } from '../../src/domain/case/case.ts';
import type { CaseCommands } from '../../src/domain/case/commands.ts';
import { caseDeadlines, caseListensUntil } from '../../src/domain/case/deadlines.ts';
import { availableActions } from '../../src/domain/case/decide.ts';
import { caseBookings, caseSettlement } from '../../src/domain/case/effects.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { takeSettlementCheck } from '../../src/domain/case/payment.ts';
import { system } from '../../src/domain/parties.ts';
import { messageText } from '../../src/domain/tell/texts.ts';
import { days, hours } from '../builders.ts';
import * as story from './caseStories.ts';
import {
  agent,
  consumer,
  deadlinePasses,
  does,
  givenCase,
  merchant,
  providerAnswers,
  providerFinds,
} from './specification.ts';

const { senior, price } = story;
const payoutKey = story.appealPayout.key;
const anHourAfter = (events: CaseEvent[]) => events.at(-1)!.at + hours(1);
const appeals = (at: number) =>
  does('appeal', { statement: '买家退回的不是原物', evidenceIds: [story.evidenceId] }, { by: merchant, at });
const decides = (
  at: number,
  fields: Partial<CaseCommands['appealRuling']>,
  by: typeof agent | typeof senior = senior,
) => does('appealRuling', { favour: 'merchant', liability: 'consumer', reasons: '确非原物', ...fields }, { by, at });
const settles = (at: number) => does('manualSettlement', { reference: 'bank-77', note: '线下转账' }, { by: agent, at });
const paid = { outcome: 'done', reference: 'p-9', at: 0 } as const;
const kinds = (state: CaseState) => caseDeadlines(state).map(({ kind }) => kind);
const told = (state: CaseState, event: CaseEvent) => caseNotices(state, event).map(({ to }) => to.role);

describe('INT-9: the merchant’s appeal against a ruling for the consumer', () => {
  it('may be lodged for 7 days, while the remedy goes on', () => {
    const before = story.adjudicating();
    const at = anHourAfter(before);
    const ruling = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '…' } as const;
    const { state, events } = givenCase(...before).when(does('ruling', ruling, { by: agent, at }));
    expect(state.stage.status).toBe('awaiting_buyer_return');
    expect(state.merchantAppeal).toMatchObject({
      status: 'open',
      deadline: { kind: 'merchantAppeal', from: at, at: at + days(7) },
    });
    expect(kinds(state).sort()).toEqual(['buyerReturn', 'merchantAppeal']);
    const toMerchant = caseNotices(state, events[0]!).find(({ to }) => to.role === 'merchant');
    expect(toMerchant?.deadline, 'the merchant is told of its own time').toMatchObject({ kind: 'merchantAppeal' });
  });

  it('lodged → 72 h for another agent, beside the status; once', () => {
    const events = story.won();
    const at = anHourAfter(events);
    const lodged = givenCase(...events).when(appeals(at));
    lodged.brings({
      type: 'merchantAppealed',
      rule: 'INT-9',
      deadline: { kind: 'merchantAppealRuling', from: at, at: at + hours(72) },
    });
    expect(lodged.state.stage, 'the remedy goes on').toEqual(givenCase(...events).state.stage);
    expect(told(lodged.state, lodged.events[0]!)).toEqual(['consumer', 'merchant', 'agent']);
    givenCase(...events, ...lodged.events)
      .when(appeals(at + 1))
      .isRefused('action_not_available');
  });

  it('is the merchant’s alone, and only against a ruling for the consumer', () => {
    const events = story.won();
    givenCase(...events)
      .when(does('appeal', { statement: '…', evidenceIds: [] }, { by: consumer, at: anHourAfter(events) }))
      .isRefused('action_not_available');
    givenCase(...story.lost())
      .when(appeals(anHourAfter(story.lost())))
      .isRefused('action_not_available');
  });

  it('the time passes → the ruling stands, and an ended case ends', () => {
    const ended = story.wonAndRefunded();
    expect(caseListensUntil(givenCase(...ended).state), 'final is not ended').toBeUndefined();
    const lapsed = givenCase(...ended).when(deadlinePasses());
    lapsed.brings({ type: 'merchantAppealLapsed', rule: 'INT-9' });
    expect(lapsed.state.merchantAppeal).toBeNull();
    expect(caseListensUntil(lapsed.state)).toBe(0);
    expect(told(lapsed.state, lapsed.events[0]!)).toEqual(['merchant']);
    givenCase(...ended, ...lapsed.events)
      .when(appeals(lapsed.events[0]!.at))
      .isRefused('case_ended');
  });

  it('overdue → escalated, never dropped', () => {
    const events = story.merchantAppealed(story.wonAndRefunded());
    const late = givenCase(...events).when(deadlinePasses());
    late.brings({ type: 'merchantAppealEscalated', rule: 'INT-9' });
    expect(caseDeadlines(late.state)).toEqual([]);
    expect(told(late.state, late.events[0]!)).toContain('agent');
    givenCase(...events, ...late.events)
      .when(decides(story.at.later + days(30), {}))
      .brings({ type: 'merchantAppealRuled' }, { type: 'payoutStarted' });
  });

  it('POL-6: where our outage kept the merchant from it, its time is extended once', () => {
    const extended = givenCase(...story.wonAndRefunded()).when(deadlinePasses(hours(1)));
    extended.brings({ type: 'deadlineExtended', rule: 'POL-6' });
    expect(extended.state.merchantAppeal).toMatchObject({ status: 'open', deadline: { extendedForOutage: true } });
  });

  it('POL-5: an agent extends it where no deadline of the case itself runs', () => {
    const events = story.wonAndRefunded();
    const { at } = caseDeadlines(givenCase(...events).state)[0]!;
    const until = new Date(at + hours(24)).toISOString();
    const { state } = givenCase(...events)
      .when(does('deadlineExtension', { until, reason: '商家系统故障' }, { by: agent, at: anHourAfter(events) }))
      .brings({ type: 'deadlineExtended', rule: 'POL-5' });
    expect(caseDeadlines(state)).toMatchObject([{ kind: 'merchantAppeal', at: at + hours(24) }]);
  });

  it('the agent who ruled neither decides it nor is it offered to it', () => {
    const events = story.merchantAppealed(story.won());
    givenCase(...events)
      .when(decides(anHourAfter(events), {}, agent))
      .isRefused('ruled_before');
    const { state } = givenCase(...events);
    expect(availableActions(state, 'agent', 'a-1')).not.toContain('appeal-ruling');
    expect(availableActions(state, 'agent', 'a-2')).toContain('appeal-ruling');
  });

  it.each([
    ['a remedy', { remedy: 'reship' }, 'remedy_not_allowed', 'remedy'],
    [
      'an amount where the ruling stands',
      { favour: 'consumer', refundAmount: 1 },
      'refund_amount_not_allowed',
      'refundAmount',
    ],
    ['more than the case’s refund', { refundAmount: price + 1 }, 'refund_above_refundable', 'refundAmount'],
  ] as const)('%s is refused', (_, fields, code, field) => {
    const events = story.merchantAppealed(story.wonAndRefunded());
    givenCase(...events)
      .when(decides(anHourAfter(events), fields))
      .isRefused(code, { field });
  });

  it('rejected → the ruling stands, nothing is paid, the case ends', () => {
    const events = story.merchantAppealed(story.wonAndRefunded());
    const { state } = givenCase(...events)
      .when(decides(anHourAfter(events), { favour: 'consumer', liability: 'merchant' }))
      .brings({ type: 'merchantAppealRuled' });
    expect(state.merchantAppeal?.status).toBe('rejected');
    expect(caseListensUntil(state)).toBe(0);
  });

  it('a second ruling for the consumer opens no second appeal once one was lodged', () => {
    const returned: CaseEvent[] = [
      ...story.merchantAppealed(
        story.adjudicating().concat(
          (() => {
            const before = story.adjudicating();
            const ruling = {
              favour: 'consumer',
              remedy: 'return_and_refund',
              liability: 'merchant',
              reasons: '…',
            } as const;
            return givenCase(...before).when(does('ruling', ruling, { by: agent, at: anHourAfter(before) })).events;
          })(),
        ),
      ),
    ];
    const back: CaseEvent[] = [
      ...returned,
      ...givenCase(...returned).when(
        does('trackingNumber', { carrier: 'SF', trackingNumber: 'SF7' }, { by: consumer, at: anHourAfter(returned) }),
      ).events,
    ];
    const refused = [
      ...back,
      ...givenCase(...back).when(
        does(
          'receiptConfirmation',
          { outcome: 'refused', refusalCode: 'wrong_goods', evidenceIds: [story.evidenceId] },
          { by: merchant, at: anHourAfter(back) },
        ),
      ).events,
    ];
    const again = story.adjudicating(refused);
    const { state } = givenCase(...again)
      .when(
        does(
          'ruling',
          { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '…' },
          { by: agent, at: anHourAfter(again) },
        ),
      )
      .brings({ type: 'ruled' }, { type: 'refundStarted' });
    expect(state.merchantAppeal?.status).toBe('under_review');
    expect(state.earlierInterventions, 'the first intervention is kept').toHaveLength(1);
    expect(state.earlierInterventions[0]?.ruling?.remedy?.kind).toBe('return_and_refund');
  });
});

describe('INT-9: the payout of a won appeal', () => {
  it('after the refund: at once, a movement of its own, and the ending stays', () => {
    const events = story.merchantAppealed(story.wonAndRefunded());
    const happened = givenCase(...events).when(decides(anHourAfter(events), {}));
    const { state, effects } = happened;
    happened.brings(
      { type: 'merchantAppealRuled', amount: price },
      { type: 'payoutStarted', payment: story.appealPayout },
    );
    expect(state.stage.status).toBe('refunded');
    expect(effects).toEqual([
      {
        type: 'pay',
        key: payoutKey,
        operation: 'payout',
        orderId: story.orderId,
        party: 'm-1',
        amount: { amount: price, currency: 'CNY' },
      },
    ]);
    expect(
      happened.events.map((event) => caseSettlement(state, event)),
      'REF-3: aside',
    ).toEqual([undefined, undefined]);
  });

  it('before it: only once the consumer has got its refund', () => {
    const before = story.merchantAppealWon(story.won());
    expect(givenCase(...before).pending.filter(({ type }) => type === 'pay')).toHaveLength(1);
    const { state } = givenCase(...before)
      .when(providerAnswers(story.refundKey, paid, anHourAfter(before)))
      .brings({ type: 'refundSettled' }, { type: 'payoutStarted', payment: story.appealPayout });
    expect(state.stage.status).toBe('refunded');
  });

  it('a part may be ruled', () => {
    const events = story.merchantAppealed(story.wonAndRefunded());
    givenCase(...events)
      .when(decides(anHourAfter(events), { refundAmount: 5_000 }))
      .brings(
        { type: 'merchantAppealRuled', amount: 5_000 },
        { type: 'payoutStarted', payment: { amount: 5_000 } as never },
      );
  });

  it('where the case closes without a refund nothing is paid', () => {
    const before = story.adjudicating();
    const ruling = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '…' } as const;
    const sent = [
      ...before,
      ...givenCase(...before).when(does('ruling', ruling, { by: agent, at: anHourAfter(before) })).events,
    ];
    const won = story.merchantAppealWon(sent);
    const { state } = givenCase(...won)
      .when(deadlinePasses(0, 'buyerReturn'))
      .brings({ type: 'caseClosed', reason: 'no_return_shipment' });
    expect(state.merchantAppeal).toMatchObject({ status: 'won' });
    expect(state.merchantAppeal).not.toHaveProperty('payout');
    expect(caseListensUntil(state)).toBe(0);
  });

  it('REF-5: paid → one entry of the ledger that balances, and the merchant is told', () => {
    const done = givenCase(...story.payingMerchant()).when(
      providerAnswers(payoutKey, paid, anHourAfter(story.payingMerchant())),
    );
    done.brings({ type: 'payoutSettled', rule: 'INT-9', reference: 'p-9' });
    expect(done.events.flatMap((event) => caseBookings(done.state, event))).toMatchObject([
      { id: `${payoutKey}/payout`, kind: 'payout', debit: 'appeal_payouts', credit: 'payment_provider', amount: price },
    ]);
    expect(told(done.state, done.events[0]!)).toEqual(['merchant']);
    expect(caseListensUntil(done.state)).toBe(0);
  });

  it('REF-4: a timeout is unknown, asked again, and settled by what the provider says', () => {
    const at = anHourAfter(story.payingMerchant());
    givenCase(...story.payingMerchant())
      .when(providerAnswers(payoutKey, { outcome: 'unknown', reason: 'timeout' }, at))
      .brings({ type: 'payoutUnknown' });
    givenCase(...story.payoutUnknown())
      .when(providerAnswers(payoutKey, { outcome: 'unknown', reason: 'timeout' }, at))
      .changesNothing();
    givenCase(...story.payoutUnknown())
      .when(providerAnswers(payoutKey, paid, anHourAfter(story.payoutUnknown())))
      .brings({ type: 'payoutSettled' });
  });

  it('CASE-14: declined → an agent is told, and tries again under a new key', () => {
    const declined = givenCase(...story.payingMerchant()).when(
      providerAnswers(payoutKey, { outcome: 'declined', reason: 'no account' }, anHourAfter(story.payingMerchant())),
    );
    declined.brings({ type: 'payoutDeclined' });
    expect(told(declined.state, declined.events[0]!)).toEqual(['merchant', 'agent']);
    const again = givenCase(...story.payoutDeclined()).when(
      does('refundRetry', {}, { by: agent, at: anHourAfter(story.payoutDeclined()) }),
    );
    const [notice, ...more] = caseNotices(again.state, again.events[0]!);
    expect([notice!.to.role, more.length, messageText(notice!, 'en').title]).toEqual([
      'merchant',
      0,
      'The payout of the appeal is under way',
    ]);
    const { effects } = again.brings({
      type: 'payoutStarted',
      payment: { ...story.appealPayout, key: payoutKey.replace(/1$/, '2'), attempt: 2 },
    });
    expect(effects).toMatchObject([{ type: 'pay', party: 'm-1' }]);
  });

  it('CASE-14 tricky case 18: settled by hand only once the provider says that it has not paid', () => {
    const unknown = story.payoutUnknown();
    const { effects } = givenCase(...unknown)
      .when(settles(anHourAfter(unknown)))
      .isDeferred({ type: 'manualSettlementStarted' });
    expect(effects).toMatchObject([{ type: 'checkPayment', paymentKey: payoutKey }]);
    const checking = story.settling(unknown);
    const at = anHourAfter(checking);
    givenCase(...checking)
      .when(settles(at))
      .isRefused('in_progress');
    givenCase(...checking)
      .when(providerFinds(paid, at))
      .brings({ type: 'payoutSettled', reference: 'p-9' });
    const byHand = givenCase(...checking).when(providerFinds({ outcome: 'none' }, at));
    byHand.brings({ type: 'payoutSettled', reference: 'bank-77', byHand: { note: '线下转账' } });
    expect(byHand.events.flatMap((event) => caseBookings(byHand.state, event))).toMatchObject([
      { credit: 'settled_by_hand' },
    ]);
    const { state, effects: again } = givenCase(...checking)
      .when(providerFinds({ outcome: 'unknown', reason: 'timeout' }, at))
      .isRefused('refund_outcome_unknown', { keeps: [{ type: 'manualSettlementRefused' }] });
    expect(state.merchantAppeal).toMatchObject({ payout: { outcome: 'unknown' } });
    expect(again, 'it goes on being asked for').toMatchObject([{ type: 'pay', key: payoutKey }]);
  });

  it('CASE-14: a check of the refund that comes late says nothing of the payout that is being settled since', () => {
    const checking = story.settling(story.payoutUnknown());
    const late = (state: CaseState) =>
      takeSettlementCheck(state, `${story.refundKey}/check/cmd-1`, paid, anHourAfter(checking));
    givenCase(...checking)
      .when(late)
      .changesNothing();
  });

  it('is never more than the refund has become since the appeal was won', () => {
    const won = story.merchantAppealWon(story.won());
    const [last] = won.slice(-1);
    const half = { kind: 'refund_only', amount: price / 2 } as const;
    const payment = { ...story.refundPayment, amount: half.amount };
    const by = { actor: system, rule: 'CASE-16', at: last!.at };
    const smaller: CaseEvent[] = [
      ...won,
      { type: 'proposalAccepted', ...by, remedy: half },
      { type: 'refundStarted', ...by, payment },
    ];
    givenCase(...smaller)
      .when(providerAnswers(story.refundKey, paid, anHourAfter(smaller)))
      .brings(
        { type: 'refundSettled' },
        { type: 'payoutStarted', payment: { ...story.appealPayout, amount: half.amount } },
      );
  });
});
