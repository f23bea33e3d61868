import { describe, expect, it } from 'vitest';
import { type CaseEvent, caseStatuses, isFinal, refundState } from '../../src/domain/case/case.ts';
import type { CaseCommandName } from '../../src/domain/case/commands.ts';
import { caseDeadlines, caseListensUntil } from '../../src/domain/case/deadlines.ts';
import { openCase } from '../../src/domain/case/decide.ts';
import { caseBookings, caseSettlement } from '../../src/domain/case/effects.ts';
import { returnPostageBorneBy } from '../../src/domain/case/kinds.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { refusalCodesOfApplications } from '../../src/domain/case/refusalCodes.ts';
import { openAllocation, reserve } from '../../src/domain/order/allocation.ts';
import type { Actor } from '../../src/domain/parties.ts';
import { anAddress, anApplication, anOrder, aPolicy, days, hours, noon } from '../builders.ts';
import * as story from './caseStories.ts';
import {
  agent,
  consumer,
  deadlinePasses,
  does,
  givenCase,
  merchant,
  operator,
  profileRead,
  providerAnswers,
  providerFinds,
  service,
} from './specification.ts';

const { at, evidenceId, price } = story;
const approves = (fields = {}, when = at.decided) =>
  does('merchantDecision', { decision: 'approve', ...fields }, { by: merchant, at: when });
const refuses = (fields = {}) =>
  does('merchantDecision', { decision: 'refuse', ...fields }, { by: merchant, at: at.decided });
const sends = (trackingNumber = 'SF1', when = at.sent) =>
  does('trackingNumber', { carrier: 'SF', trackingNumber }, { by: consumer, at: when });
const withdraws = does('withdrawal', {}, { by: consumer, at: at.later });
const confirms = does('receiptConfirmation', { outcome: 'received' }, { by: merchant, at: at.received });
const shows = (fields = {}, when = at.paid) =>
  does(
    'refundVoucher',
    { reference: 'v-1', amount: price, paidAt: '2026-03-02T04:00:00Z', evidenceIds: [evidenceId], ...fields },
    { by: merchant, at: when },
  );
const deadlineOf = (events: CaseEvent[]) => caseDeadlines(givenCase(...events).state)[0];
const settlementsOf = (events: CaseEvent[], happened: CaseEvent[]) =>
  happened.map((event) => caseSettlement(givenCase(...events).state, event)).filter(Boolean);

describe('applying', () => {
  const order = anOrder();
  const reserved = (application = anApplication(order.id)) => {
    const { cases } = reserve(openAllocation(order, noon), story.caseId, application, noon + 5);
    return { order, entry: cases[story.caseId]! };
  };

  it('CASE-1 POL-2: an application let through opens a case, with 48 h for the merchant by the policy of its own day', () => {
    const policy = { ...aPolicy({ deadlines: { ...aPolicy().deadlines, merchantDecision: 'PT2H' } }), version: 7 };
    const opened = openCase(
      reserved(),
      { caseId: story.caseId, application: anApplication(order.id), channel: 'return_page', policy },
      { actor: consumer, at: noon + 5 },
    );
    expect(opened).toMatchObject({
      rule: 'CASE-1',
      at: noon + 5,
      facts: {
        policy: { version: 7 },
        refundAmount: 12_900,
        lines: [{ lineId: 'l-1', quantity: 1, refund: 12_900 }],
        openedAt: noon + 5,
        merchantId: 'm-1',
      },
      deadline: { kind: 'merchantDecision', at: noon + 5 + hours(2) },
    });
    const { state } = givenCase(opened);
    expect(state).toMatchObject({ stage: { status: 'pending_merchant_review' }, version: 1, returnAddress: null });
  });

  it('SEE-1: it shows who must act, by when, what happens otherwise, and under which rule', () => {
    expect(deadlineOf(story.opened())).toEqual({
      kind: 'merchantDecision',
      from: noon,
      at: noon + hours(48),
      rule: 'CASE-3',
      waitingFor: 'merchant',
      onExpiry: 'approved_automatically',
    });
  });

  it('REF-6: who bears the postage of the way back is shown', () => {
    expect([
      returnPostageBorneBy('quality_problem'),
      returnPostageBorneBy('not_as_described'),
      returnPostageBorneBy('no_reason_7d'),
    ]).toEqual(['merchant', 'merchant', 'consumer']);
  });
});

describe('the merchant decides', () => {
  it('CASE-2: approved with an address → it is fixed, and the consumer has 7 days to send the goods', () => {
    const { state, effects } = givenCase(...story.opened())
      .when(approves({ returnAddress: anAddress, note: '请寄回' }))
      .brings(
        {
          type: 'applicationApproved',
          rule: 'CASE-2',
          automatic: false,
          returnAddress: anAddress,
          note: '请寄回',
          actor: merchant,
        },
        { type: 'returnAwaited', deadline: { kind: 'buyerReturn', from: at.decided, at: at.decided + days(7) } },
      );
    expect(state).toMatchObject({ stage: { status: 'awaiting_buyer_return' }, returnAddress: anAddress });
    expect(effects).toEqual([]);
  });

  it('CASE-2 tricky case 2: without an address the merchant’s own is looked up, else it is the returns centre’s; 7 days run meanwhile', () => {
    const when = givenCase(...story.opened()).when(approves());
    const { effects } = when.brings({ type: 'applicationApproved' }, { type: 'returnAwaited' });
    expect(effects).toMatchObject([{ type: 'resolveReturnAddress', merchantId: 'm-1' }]);
    const given = givenCase(...story.opened(), ...when.events);
    given
      .when(profileRead(anAddress, at.sent))
      .brings({ type: 'returnAddressFixed', rule: 'CASE-2', returnAddress: anAddress, source: 'merchant_profile' });
    const centre = given
      .when(profileRead(null, at.sent))
      .brings({ type: 'returnAddressFixed', returnAddress: aPolicy().defaultReturnAddress, source: 'returns_centre' });
    expect(centre.state.stage).toMatchObject({
      status: 'awaiting_buyer_return',
      deadline: { at: at.decided + days(7) },
    });
  });

  it.each([
    ['the address given', { returnAddress: anAddress, merchantAddress: null }, anAddress],
    ['else the merchant’s own', { merchantAddress: anAddress }, anAddress],
    ['else the returns centre’s', { merchantAddress: null }, aPolicy().defaultReturnAddress],
  ])(
    'CASE-2: where the command brings what the merchant’s profile holds, %s is fixed at once',
    (_, fields, returnAddress) => {
      const { state, effects } = givenCase(...story.opened())
        .when(approves(fields))
        .brings({ type: 'applicationApproved', returnAddress }, { type: 'returnAwaited' });
      expect([state.returnAddress, effects]).toEqual([returnAddress, []]);
      const refundOnly = givenCase(...story.opened({ kind: 'refund_only' })).when(approves(fields));
      expect(refundOnly.state.returnAddress).toBeNull();
    },
  );

  it('CASE-2: the address is fixed once, and not for a case that has ended meanwhile', () => {
    givenCase(...story.approved())
      .when(profileRead(null, at.sent))
      .changesNothing();
    givenCase(...story.withdrawn())
      .when(profileRead(anAddress, at.sent))
      .changesNothing();
  });

  it.each(['online', 'cod'] as const)(
    'CASE-2: an approved refund-only case (%s) goes to the refund step, and needs no return address',
    (paymentMethod) => {
      const when = givenCase(...story.opened({ kind: 'refund_only', paymentMethod })).when(
        approves({ returnAddress: anAddress }),
      );
      const step =
        paymentMethod === 'online'
          ? { type: 'refundStarted' as const, rule: 'CASE-11' }
          : { type: 'voucherAwaited' as const, rule: 'CASE-12' };
      const { state, effects } = when.brings({ type: 'applicationApproved', rule: 'CASE-2' }, step);
      expect(state.returnAddress).toBeNull();
      expect(effects.map(({ type }) => type)).toEqual(paymentMethod === 'online' ? ['pay'] : []);
    },
  );

  it('CASE-3 SEE-2: 48 h without a decision approve automatically, marked as such, naming the deadline', () => {
    const { state, effects } = givenCase(...story.opened())
      .when(deadlinePasses())
      .brings(
        {
          type: 'applicationApproved',
          rule: 'CASE-3',
          automatic: true,
          actor: { role: 'timer' },
          passedDeadline: { kind: 'merchantDecision', from: noon, at: noon + hours(48) },
        },
        {
          type: 'returnAwaited',
          deadline: { kind: 'buyerReturn', from: noon + hours(48), at: noon + hours(48) + days(7) },
        },
      );
    expect(state.stage.status).toBe('awaiting_buyer_return');
    expect(effects).toMatchObject([{ type: 'resolveReturnAddress' }]);
  });

  it('CASE-3: silence on a refund-only case starts the refund', () => {
    givenCase(...story.opened({ kind: 'refund_only' }))
      .when(deadlinePasses())
      .brings(
        { type: 'applicationApproved', rule: 'CASE-3', automatic: true },
        { type: 'refundStarted', rule: 'CASE-11', at: noon + hours(48) },
      );
  });

  it('INT-1 SEE-2: where the policy says so, silence leaves the decision open and starts the intervention window', () => {
    const policy = aPolicy({ onMerchantSilence: 'allow_intervention' });
    expect(deadlineOf(story.opened({ policy }))?.onExpiry).toBe('intervention_may_be_requested');
    givenCase(...story.opened({ policy }))
      .when(deadlinePasses())
      .brings({
        type: 'merchantSilent',
        rule: 'INT-1',
        passedDeadline: { kind: 'merchantDecision', from: noon, at: noon + hours(48) },
        deadline: { kind: 'interventionWindow', from: noon + hours(48), at: noon + hours(96) },
      });
    const silent = story.everyPlace['pending_merchant_review after silence']!;
    givenCase(...silent)
      .when(approves({ returnAddress: anAddress }))
      .brings({ type: 'applicationApproved' }, { type: 'returnAwaited' });
    givenCase(...silent)
      .when(deadlinePasses())
      .brings({ type: 'caseClosed', reason: 'no_intervention_request' });
  });

  const needs: Record<
    (typeof refusalCodesOfApplications)[number],
    [field: 'evidenceIds' | 'note', code: 'evidence_required' | 'note_required'] | null
  > = {
    goods_used: ['evidenceIds', 'evidence_required'],
    no_fault_found: ['evidenceIds', 'evidence_required'],
    not_our_goods: ['evidenceIds', 'evidence_required'],
    out_of_window: null,
    agreed_otherwise: null,
    other: ['note', 'note_required'],
  };
  it.each(refusalCodesOfApplications)(
    'CASE-4 tricky case 3: refused as %s, with what that code needs and without',
    (refusalCode) => {
      const need = needs[refusalCode];
      const enough = need === null ? {} : need[0] === 'note' ? { note: '见说明' } : { evidenceIds: [evidenceId] };
      givenCase(...story.opened())
        .when(refuses({ refusalCode, ...enough }))
        .brings({
          type: 'applicationRefused',
          rule: 'CASE-4',
          refusalCode,
          deadline: { kind: 'interventionWindow', from: at.decided, at: at.decided + hours(48) },
        });
      if (!need) return;
      const [field, code] = need;
      const other = field === 'note' ? { evidenceIds: [evidenceId] } : { note: '见说明' };
      const { state } = givenCase(...story.opened())
        .when(refuses({ refusalCode, ...other }))
        .isRefused(code, { field });
      expect(caseDeadlines(state)[0]?.at, 'deadline unmoved').toBe(noon + hours(48));
    },
  );

  it('CASE-4: a refusal needs a code', () => {
    givenCase(...story.opened())
      .when(refuses({ note: '不同意' }))
      .isRefused('refusal_code_required', { field: 'refusalCode' });
  });

  it('CASE-5 SEE-2: 48 h after the refusal without an intervention request close the case, and free its quantity', () => {
    const when = givenCase(...story.refusedByMerchant()).when(deadlinePasses());
    const { state } = when.brings({
      type: 'caseClosed',
      rule: 'CASE-5',
      reason: 'no_intervention_request',
      at: at.decided + hours(48),
      passedDeadline: { kind: 'interventionWindow', from: at.decided, at: at.decided + hours(48) },
    });
    expect(state.stage).toEqual({ status: 'closed', reason: 'no_intervention_request' });
    expect(settlementsOf(story.refusedByMerchant(), when.events)).toEqual([
      { caseId: story.caseId, status: 'released' },
    ]);
  });

  it('allegro-api#12340: a refused application is shown as refused, with no money on its way', () => {
    const { state } = givenCase(...story.refusedByMerchant());
    expect([state.stage.status, refundState(state)]).toEqual(['application_refused', 'none']);
    givenCase(...story.refusedByMerchant())
      .when(refuses({ refusalCode: 'out_of_window' }))
      .isRefused('action_not_available', { field: 'decision' });
  });
});

describe('the goods go back', () => {
  it('CASE-6: a tracking number starts the merchant’s 7 days', () => {
    const { state } = givenCase(...story.approved())
      .when(sends())
      .brings({
        type: 'trackingNumberGiven',
        rule: 'CASE-6',
        deadline: { kind: 'merchantReceipt', from: at.sent, at: at.sent + days(7) },
      });
    expect(state).toMatchObject({
      stage: { status: 'awaiting_merchant_receipt' },
      returnShipment: { carrier: 'SF', trackingNumber: 'SF1' },
    });
  });

  it('CASE-6: a corrected number replaces the first, and the receipt deadline does not move', () => {
    const { state } = givenCase(...story.sentBack())
      .when(sends('SF2', at.sent + days(3)))
      .brings({ type: 'trackingNumberCorrected', rule: 'CASE-6' });
    expect(state).toMatchObject({
      stage: {
        status: 'awaiting_merchant_receipt',
        deadline: { at: at.sent + days(7) },
        shipment: { trackingNumber: 'SF2' },
      },
      returnShipment: { trackingNumber: 'SF2' },
    });
  });

  it('CASE-7: 7 days without a tracking number close the case', () => {
    givenCase(...story.approved())
      .when(deadlinePasses())
      .brings({
        type: 'caseClosed',
        rule: 'CASE-7',
        reason: 'no_return_shipment',
        at: at.decided + days(7),
        passedDeadline: { kind: 'buyerReturn', from: at.decided, at: at.decided + days(7) },
      });
  });

  it('CASE-8 CASE-11: receipt confirmed online → the platform refunds', () => {
    const { state, effects } = givenCase(...story.sentBack())
      .when(confirms)
      .brings(
        { type: 'receiptConfirmed', rule: 'CASE-8', automatic: false },
        { type: 'refundStarted', rule: 'CASE-11', payment: story.refundPayment },
      );
    expect(refundState(state)).toBe('requested');
    expect(effects).toEqual([
      {
        type: 'pay',
        key: story.refundKey,
        operation: 'refund',
        orderId: story.orderId,
        party: 'c-1',
        amount: { amount: price, currency: 'CNY' },
      },
    ]);
  });

  it('CASE-9 SEE-2: 7 days after the tracking upload receipt confirms itself', () => {
    const firedAt = at.sent + days(7);
    givenCase(...story.sentBack())
      .when(deadlinePasses())
      .brings(
        {
          type: 'receiptConfirmed',
          rule: 'CASE-9',
          automatic: true,
          passedDeadline: { kind: 'merchantReceipt', from: at.sent, at: firedAt },
        },
        { type: 'refundStarted', rule: 'CASE-11', at: firedAt },
      );
  });

  it('CASE-9 CASE-12 POL-6: automatic receipt of a cod case starts the voucher’s 48 h when it really fired', () => {
    const late = hours(0.05);
    const firedAt = at.sent + days(7) + late;
    givenCase(...story.sentBack({ paymentMethod: 'cod' }))
      .when(deadlinePasses(late))
      .brings(
        { type: 'receiptConfirmed', rule: 'CASE-9' },
        {
          type: 'voucherAwaited',
          rule: 'CASE-12',
          deadline: { kind: 'refundVoucher', from: firedAt, at: firedAt + hours(48) },
        },
      );
  });

  it('CASE-10: what arrived is refused with evidence → 48 h for the consumer to ask the platform', () => {
    const { state } = givenCase(...story.sentBack())
      .when(
        does(
          'receiptConfirmation',
          { outcome: 'refused', refusalCode: 'empty_parcel', evidenceIds: [evidenceId] },
          { by: merchant, at: at.received },
        ),
      )
      .brings({ type: 'receiptRefused', rule: 'CASE-10', refusalCode: 'empty_parcel', evidenceIds: [evidenceId] });
    expect(state.stage).toMatchObject({
      status: 'receipt_refused',
      deadline: { kind: 'interventionWindow', from: at.received, at: at.received + hours(48) },
    });
  });

  it.each([
    ['tricky case 12: a tracking number before approval', story.opened(), sends()],
    ['a tracking number after a refusal', story.refusedByMerchant(), sends()],
    ['a receipt of goods that were not sent', story.approved(), confirms],
    ['a second decision', story.approved(), approves()],
    ['a refusal after the goods were sent', story.sentBack(), refuses({ refusalCode: 'out_of_window' })],
    ['a withdrawal once the goods are on their way', story.sentBack(), withdraws],
    ['a withdrawal while the money moves', story.refunding(), withdraws],
    ['a voucher where the platform refunds', story.refunding(), shows()],
    ['a second receipt', story.refunding(), confirms],
  ])('%s is not possible', (_, events, happens) => {
    givenCase(...events)
      .when(happens)
      .isRefused('action_not_available');
  });

  it.each(['refunded', 'closed'])('a %s case has ended: every party’s action says so', (status) => {
    for (const happens of [
      approves(),
      sends(),
      withdraws,
      confirms,
      shows(),
      does('refundRetry', {}, { by: agent, at: at.later }),
    ]) {
      givenCase(...story.everyPlace[status]!)
        .when(happens)
        .isRefused('case_ended');
    }
  });
});

describe('withdrawing', () => {
  it.each([
    'pending_merchant_review',
    'pending_merchant_review after silence',
    'application_refused',
    'awaiting_buyer_return',
  ])('CASE-15: the consumer withdraws from %s, and its quantity is free again', (status) => {
    const events = story.everyPlace[status]!;
    const when = givenCase(...events).when(does('withdrawal', { note: '不退了' }, { by: consumer, at: at.later }));
    when.brings({ type: 'caseClosed', rule: 'CASE-15', reason: 'withdrawn', note: '不退了' });
    expect(settlementsOf(events, when.events)).toEqual([{ caseId: story.caseId, status: 'released' }]);
  });
});

describe('the platform refunds', () => {
  const done = { outcome: 'done', reference: 'r-1', at: 0 } as const;

  it('CASE-11 REF-3 REF-5: paid → refunded; the order’s reservation is spent, and one balanced entry booked', () => {
    const when = givenCase(...story.refunding()).when(providerAnswers(story.refundKey, done, at.paid));
    const { state } = when.brings({
      type: 'refundSettled',
      rule: 'CASE-11',
      payment: story.refundPayment,
      reference: 'r-1',
    });
    expect([state.stage.status, refundState(state)]).toEqual(['refunded', 'settled']);
    expect(settlementsOf(story.refunding(), when.events)).toEqual([
      { caseId: story.caseId, status: 'consumed', amount: price },
    ]);
    expect(when.events.flatMap((event) => caseBookings(state, event))).toEqual([
      {
        id: `${story.refundKey}/refund`,
        kind: 'refund',
        at: at.paid,
        movementKey: story.refundKey,
        debit: `order_proceeds/${story.orderId}`,
        credit: 'payment_provider',
        amount: price,
        currency: 'CNY',
        orderId: story.orderId,
        caseId: story.caseId,
      },
    ]);
  });

  it('the provider’s word repeated, late, or about another payment changes nothing', () => {
    givenCase(...story.refunded())
      .when(providerAnswers(story.refundKey, done, at.later))
      .changesNothing();
    givenCase(...story.refundFailed())
      .when(providerAnswers(story.refundKey, done, at.later))
      .changesNothing();
    givenCase(...story.refunding())
      .when(providerAnswers(`case/${story.caseId}/refund/2`, done, at.later))
      .changesNothing();
    givenCase(...story.opened())
      .when(providerAnswers(story.refundKey, done, at.later))
      .changesNothing();
  });

  it('REF-4, medusa#16681: a timeout is unknown, never failed, and said once; only the same key goes on being asked', () => {
    const unknown = providerAnswers(story.refundKey, { outcome: 'unknown', reason: 'timeout' }, at.paid);
    const { state, effects } = givenCase(...story.refunding())
      .when(unknown)
      .brings({ type: 'refundUnknown', rule: 'REF-4' });
    expect([state.stage.status, refundState(state)]).toEqual(['refunding', 'unknown']);
    expect(effects).toEqual([]);
    givenCase(...story.refundUnknown())
      .when(unknown)
      .changesNothing();
    givenCase(...story.refundUnknown())
      .when(providerAnswers(story.refundKey, done, at.later))
      .brings({ type: 'refundSettled' });
  });

  it('REF-4: what is pending at the provider is not paid yet', () => {
    const { state } = givenCase(...story.refunding())
      .when(providerAnswers(story.refundKey, { outcome: 'pending', reference: 'p' }, at.paid))
      .brings({ type: 'refundUnknown', reason: 'pending' });
    expect(refundState(state)).toBe('unknown');
  });

  it('CASE-14, vendure#3152: refused for good is shown as failed, never as refunded or closed; all are told, its quantity stays held', () => {
    const when = givenCase(...story.refunding()).when(
      providerAnswers(story.refundKey, { outcome: 'declined', reason: 'account closed' }, at.paid),
    );
    const { state, effects } = when.brings({ type: 'refundDeclined', rule: 'CASE-14', reason: 'account closed' });
    expect([state.stage.status, refundState(state), isFinal(state.stage.status)]).toEqual([
      'refund_failed',
      'declined',
      false,
    ]);
    expect(effects).toEqual([]);
    expect(settlementsOf(story.refunding(), when.events)).toEqual([]);
    expect(caseNotices(state, when.events[0]!).map(({ to }) => to.role)).toEqual(['consumer', 'merchant', 'agent']);
  });

  it('CASE-14, ruoyi-vue-pro#1031: a failed refund is retried by an agent, under a new key', () => {
    const { effects } = givenCase(...story.refundFailed())
      .when(does('refundRetry', {}, { by: agent, at: at.later }))
      .brings({
        type: 'refundStarted',
        rule: 'CASE-14',
        payment: { operation: 'refund', key: `case/${story.caseId}/refund/2`, attempt: 2, amount: price },
      });
    expect(effects).toMatchObject([{ type: 'pay', key: `case/${story.caseId}/refund/2` }]);
  });

  it('CASE-14: so is a failed compensation, as a payout', () => {
    const { state } = givenCase(...story.compensationFailed())
      .when(does('refundRetry', {}, { by: agent, at: at.later }))
      .brings({
        type: 'advanceCompensationStarted',
        payment: { operation: 'payout', key: `case/${story.caseId}/compensation/2`, attempt: 2, amount: price },
      });
    expect(state.stage.status).toBe('advance_compensating');
  });

  it('CASE-14, hyperswitch#13182: while the outcome is unknown no second payment starts; while it is under way there is nothing to settle', () => {
    const retry = does('refundRetry', {}, { by: agent, at: at.later });
    for (const events of [story.refundUnknown(), story.compensationUnknown()])
      givenCase(...events)
        .when(retry)
        .isRefused('refund_outcome_unknown');
    for (const events of [story.refunding(), story.compensating(), story.opened()]) {
      givenCase(...events)
        .when(retry)
        .isRefused('action_not_available');
      givenCase(...events)
        .when(does('manualSettlement', { reference: 'r', note: 'n' }, { by: agent, at: at.later }))
        .isRefused('action_not_available');
    }
  });

  it('REF-1: goods that cost nothing need no payment and no voucher', () => {
    for (const paymentMethod of ['online', 'cod'] as const) {
      const { state, effects } = givenCase(...story.sentBack({ refundAmount: 0, paymentMethod }))
        .when(confirms)
        .brings({ type: 'receiptConfirmed' }, { type: 'nothingToRefund' });
      expect([state.stage.status, effects]).toEqual(['refunded', []]);
    }
  });
});

describe('settling by hand', () => {
  const settles = does('manualSettlement', { reference: 'bank-77', note: '线下转账' }, { by: agent, at: at.later });
  const open = { refund: story.refundUnknown(), compensation: story.compensationUnknown() };
  const failed = { refund: story.refundFailed(), compensation: story.compensationFailed() };
  const keyOf = { refund: story.refundKey, compensation: story.payoutKey };
  const when = at.settling + days(3);

  it.each(['refund', 'compensation'] as const)(
    'CASE-14: a %s is settled only after the provider was asked, and one at a time',
    (money) => {
      for (const events of [open[money], failed[money]]) {
        const { effects } = givenCase(...events)
          .when(settles)
          .isDeferred({ type: 'manualSettlementStarted', rule: 'CASE-14' });
        expect(effects).toEqual([
          { type: 'checkPayment', key: `${keyOf[money]}/check/cmd-1`, paymentKey: keyOf[money] },
        ]);
        givenCase(...story.settling(events))
          .when(settles)
          .isRefused('in_progress');
        givenCase(...story.settling(events))
          .when(does('refundRetry', {}, { by: agent, at: when }))
          .isRefused('in_progress');
      }
    },
  );

  it.each([
    ['refund', 'has paid', { outcome: 'done', reference: 'r-9', at: 0 }, 'r-9', 'payment_provider'],
    ['refund', 'has not', { outcome: 'none' }, 'bank-77', 'settled_by_hand'],
    ['refund', 'refused', { outcome: 'declined', reason: 'closed' }, 'bank-77', 'settled_by_hand'],
    ['compensation', 'has paid', { outcome: 'done', reference: 'r-9', at: 0 }, 'r-9', 'payment_provider'],
    ['compensation', 'has not', { outcome: 'none' }, 'bank-77', 'settled_by_hand'],
    ['compensation', 'refused', { outcome: 'declined', reason: 'closed' }, 'bank-77', 'settled_by_hand'],
  ] as const)(
    'CASE-14 tricky case 18: a %s that the provider %s → settled once',
    (money, _, found, reference, credit) => {
      for (const events of [open[money], failed[money]]) {
        const happened = givenCase(...story.settling(events)).when(providerFinds(found, when));
        const { state } = happened.brings({
          type: money === 'refund' ? 'refundSettled' : 'compensationSettled',
          reference,
        });
        expect(state.stage.status).toBe(money === 'refund' ? 'refunded' : 'compensated');
        const entries = happened.events.flatMap((event) => caseBookings(state, event));
        expect(entries.filter((entry) => entry.kind === money)).toMatchObject([{ credit, amount: price }]);
        expect(settlementsOf(events, happened.events)).toEqual([
          { caseId: story.caseId, status: 'consumed', amount: price },
        ]);
      }
    },
  );

  it.each(['unknown', 'pending'] as const)(
    'CASE-14: the provider’s word is %s → refused, nothing settled; what is open goes on being asked for',
    (outcome) => {
      const found = outcome === 'unknown' ? { outcome, reason: 'away' } : { outcome, reference: 'p' };
      for (const money of ['refund', 'compensation'] as const) {
        const keeps = [{ type: 'manualSettlementRefused' as const }];
        const stillOpen = givenCase(...story.settling(open[money]))
          .when(providerFinds(found, when))
          .isRefused('refund_outcome_unknown', { keeps });
        expect(stillOpen.effects).toMatchObject([{ type: 'pay', key: keyOf[money] }]);
        expect(stillOpen.state.stage).toEqual(givenCase(...open[money]).state.stage);
        const stillFailed = givenCase(...story.settling(failed[money]))
          .when(providerFinds(found, when))
          .isRefused('refund_outcome_unknown', { keeps });
        expect(stillFailed.effects).toEqual([]);
        expect(stillFailed.state.stage).toEqual(givenCase(...failed[money]).state.stage);
      }
    },
  );

  it.each(['refund', 'compensation'] as const)(
    'CASE-14: the stopped attempt at a %s is refused while its settlement is checked → the settlement still stands',
    (money) => {
      const events = story.settling(open[money]);
      const refused = givenCase(...events).when(
        providerAnswers(keyOf[money], { outcome: 'declined', reason: 'no' }, when),
      ).events;
      givenCase(...events, ...refused)
        .when(settles)
        .isRefused('in_progress');
      const { state } = givenCase(...events, ...refused)
        .when(providerFinds({ outcome: 'declined', reason: 'no' }, when))
        .brings({ type: money === 'refund' ? 'refundSettled' : 'compensationSettled', reference: 'bank-77' });
      expect(isFinal(state.stage.status)).toBe(true);
    },
  );

  it('CASE-14: the stopped attempt has paid after all → refunded by it, and the check that follows settles nothing more', () => {
    const events = story.settling(open.refund);
    const paid = givenCase(...events).when(
      providerAnswers(story.refundKey, { outcome: 'done', reference: 'r', at: 0 }, when),
    ).events;
    givenCase(...events, ...paid)
      .when(providerFinds({ outcome: 'done', reference: 'r', at: 0 }, when))
      .changesNothing();
  });
});

describe('cod: the merchant refunds', () => {
  it('CASE-12: receipt of a cod case starts 48 h for the refund voucher', () => {
    const { state } = givenCase(...story.sentBack({ paymentMethod: 'cod' }))
      .when(confirms)
      .brings(
        { type: 'receiptConfirmed', rule: 'CASE-8' },
        {
          type: 'voucherAwaited',
          rule: 'CASE-12',
          deadline: { kind: 'refundVoucher', from: at.received, at: at.received + hours(48) },
        },
      );
    expect(state.stage.status).toBe('awaiting_refund_voucher');
  });

  it('CASE-12: a voucher of exactly the refund ends it; no money of the platform moves, and the reservation is spent', () => {
    const when = givenCase(...story.awaitingVoucher()).when(shows());
    const { state, effects } = when.brings({ type: 'voucherAccepted', rule: 'CASE-12', amount: price });
    expect([state.stage.status, effects]).toEqual(['refunded', []]);
    expect(when.events.flatMap((event) => caseBookings(state, event))).toEqual([]);
    expect(settlementsOf(story.awaitingVoucher(), when.events)).toEqual([
      { caseId: story.caseId, status: 'consumed', amount: price },
    ]);
  });

  it.each([price - 1, price + 1, 1])('CASE-12: a voucher of %i does not', (amount) => {
    const { state } = givenCase(...story.awaitingVoucher())
      .when(shows({ amount }))
      .isRefused('voucher_amount_mismatch', { field: 'amount' });
    expect(caseDeadlines(state)[0]?.at).toBe(at.received + hours(48));
  });

  it('CASE-12: nothing was paid in the future', () => {
    const paidAt = (time: number) => ({ paidAt: new Date(time).toISOString() });
    givenCase(...story.awaitingVoucher())
      .when(shows(paidAt(at.paid + 1)))
      .isRefused('voucher_paid_in_future', { field: 'paidAt' });
    givenCase(...story.awaitingVoucher())
      .when(shows(paidAt(at.paid)))
      .brings({ type: 'voucherAccepted' });
  });

  it('CASE-13 SEE-2: the voucher overdue, the platform compensates the consumer in advance', () => {
    const { state, effects } = givenCase(...story.awaitingVoucher())
      .when(deadlinePasses())
      .brings({
        type: 'advanceCompensationStarted',
        rule: 'CASE-13',
        payment: story.payoutPayment,
        passedDeadline: { kind: 'refundVoucher', from: at.received, at: at.received + hours(48) },
      });
    expect(state.stage.status).toBe('advance_compensating');
    expect(effects).toMatchObject([{ type: 'pay', operation: 'payout', party: 'c-1', amount: { amount: price } }]);
  });

  it('CASE-13 REF-5: compensated → payout, claim and penalty are booked, each once, and balance', () => {
    const when = givenCase(...story.compensating()).when(
      providerAnswers(story.payoutKey, { outcome: 'done', reference: 'p-1', at: 0 }, at.paid + days(3)),
    );
    const { state } = when.brings({ type: 'compensationSettled', rule: 'CASE-13', penalty: 645 });
    const entries = when.events.flatMap((event) => caseBookings(state, event));
    expect(entries.map(({ kind, debit, credit, amount }) => [kind, debit, credit, amount])).toEqual([
      ['compensation', 'advance_compensations', 'payment_provider', price],
      ['claim', 'merchant_receivable/m-1', 'advance_compensations', price],
      ['penalty', 'merchant_receivable/m-1', 'penalty_income', 645],
    ]);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(3);
    givenCase(...story.compensated())
      .when(providerAnswers(story.payoutKey, { outcome: 'done', reference: 'p-1', at: 0 }, at.later))
      .changesNothing();
  });

  it.each([
    [10_000, { basisPoints: 500, minimum: 500 }, 500],
    [10_009, { basisPoints: 500, minimum: 0 }, 500],
    [10_010, { basisPoints: 500, minimum: 500 }, 501],
    [10_010, { basisPoints: 500, minimum: 502 }, 502],
    [1, { basisPoints: 500, minimum: 500 }, 500],
    [10, { basisPoints: 500, minimum: 0 }, 1],
    [9, { basisPoints: 500, minimum: 0 }, 0],
    [999_999_999_999_999, { basisPoints: 10_000, minimum: 0 }, 999_999_999_999_999],
    [12_900, { basisPoints: 0, minimum: 0 }, 0],
  ])('CASE-13: a compensation of %i under %o brings a penalty of %i, half up', (refundAmount, codPenalty, penalty) => {
    const events = story.compensating({ refundAmount, policy: aPolicy({ codPenalty }) });
    const when = givenCase(...events).when(
      providerAnswers(story.payoutKey, { outcome: 'done', reference: 'p', at: 0 }, at.paid + days(3)),
    );
    const { state } = when.brings({ type: 'compensationSettled', penalty });
    const booked = when.events.flatMap((event) => caseBookings(state, event)).filter(({ kind }) => kind === 'penalty');
    expect(booked.map(({ amount }) => amount)).toEqual(penalty === 0 ? [] : [penalty]);
  });

  it.each(['advance_compensating', 'advance_compensating, outcome unknown', 'compensation_failed', 'compensated'])(
    'CASE-13 tricky case 8: a late voucher in %s is refused but kept, raised to an agent alone, and neither pays nor undoes anything',
    (place) => {
      const events = story.everyPlace[place]!;
      const when = givenCase(...events).when(shows({}, at.received + hours(60)));
      const { state, effects } = when.isRefused('already_compensated', {
        keeps: [{ type: 'voucherKept', rule: 'CASE-13', reference: 'v-1' }],
      });
      const before = givenCase(...events).state;
      expect([state.stage, state.version, effects]).toEqual([before.stage, before.version, []]);
      expect(caseNotices(state, when.events[0]!).map(({ to }) => to)).toEqual([{ role: 'agent', id: '*' }]);
      expect([settlementsOf(events, when.events), when.events.flatMap((event) => caseBookings(state, event))]).toEqual([
        [],
        [],
      ]);
    },
  );

  it('CASE-13: a compensated case listens 30 days for a late voucher; final is not ended', () => {
    const { state } = givenCase(...story.compensated());
    expect(caseListensUntil(state)).toBe(at.received + hours(49) + days(30));
    expect(caseListensUntil(givenCase(...story.refunded()).state)).toBe(0);
  });

  it('CASE-13 CASE-14: a payout refused for good is shown as failed, and raised', () => {
    const { state } = givenCase(...story.compensating())
      .when(providerAnswers(story.payoutKey, { outcome: 'declined', reason: 'closed' }, at.paid + days(3)))
      .brings({ type: 'refundDeclined', rule: 'CASE-14' });
    expect([state.stage.status, refundState(state)]).toEqual(['compensation_failed', 'declined']);
  });
});

describe('who may, and when', () => {
  const voucher = { reference: 'v-1', amount: price, paidAt: '2026-03-02T04:00:00Z', evidenceIds: [evidenceId] };
  it.each<[string, CaseCommandName, object, Actor[]]>([
    ['an approval', 'merchantDecision', { decision: 'approve' }, [consumer, agent]],
    ['a tracking number', 'trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }, [merchant, agent]],
    ['a withdrawal', 'withdrawal', {}, [merchant, agent]],
    ['a receipt', 'receiptConfirmation', { outcome: 'received' }, [consumer, agent]],
    ['a voucher', 'refundVoucher', voucher, [consumer, agent]],
    ['a retry', 'refundRetry', {}, [consumer, merchant]],
    ['a settlement by hand', 'manualSettlement', { reference: 'r', note: 'n' }, [consumer, merchant]],
    ['an extension', 'deadlineExtension', { until: '2027-01-01T00:00:00Z', reason: 'x' }, [consumer, merchant]],
  ])('tricky case 13: %s from the wrong party is refused, wherever the case stands', (_, name, fields, wrong) => {
    for (const by of [
      ...wrong,
      service,
      { role: 'admin', id: 'x' } as Actor,
      { role: 'timer' } as Actor,
      { role: 'system' } as Actor,
    ]) {
      for (const events of Object.values(story.everyPlace)) {
        const { answer, events: brought } = does(name, fields as never, { by, at: at.later })(
          givenCase(...events).state,
        );
        expect([answer, brought]).toMatchObject([{ kind: 'refused', refusal: { code: 'not_your_action' } }, []]);
      }
    }
  });

  it('an operator may give every command by hand', () => {
    givenCase(...story.opened())
      .when(does('merchantDecision', { decision: 'approve' }, { by: operator, at: at.decided }))
      .brings({ type: 'applicationApproved', actor: operator }, { type: 'returnAwaited' });
  });

  it('tricky case 4: a command for another version than the current moves nothing, and the right one does', () => {
    const versioned = (expectedVersion: number) =>
      does('trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }, { by: consumer, at: at.sent, expectedVersion });
    const { version } = givenCase(...story.approved()).state;
    givenCase(...story.approved())
      .when(versioned(version - 1))
      .isRefused('stale_version');
    givenCase(...story.approved())
      .when(versioned(version + 1))
      .isRefused('stale_version');
    givenCase(...story.approved())
      .when(versioned(version))
      .brings({ type: 'trackingNumberGiven' });
  });

  it('every status of the rules has its place; four of them are final', () => {
    expect(caseStatuses).toHaveLength(21);
    expect(caseStatuses.filter(isFinal)).toEqual(['refunded', 'compensated', 'replaced', 'closed']);
  });
});
