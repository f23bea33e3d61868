import { describe, expect, it } from 'vitest';
import { type CaseEvent, type CaseState, runningDeadline } from '../../src/domain/case/case.ts';
import type { CaseCommands } from '../../src/domain/case/commands.ts';
import { caseBookings, caseSettlement } from '../../src/domain/case/effects.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { type ReceiptRefusalCode, receiptRefusalCodes } from '../../src/domain/case/refusalCodes.ts';
import type { Actor } from '../../src/domain/parties.ts';
import { messageText } from '../../src/domain/tell/texts.ts';
import { days, hours } from '../builders.ts';
import * as story from './caseStories.ts';
import { agent, consumer, deadlinePasses, does, givenCase, merchant, providerAnswers } from './specification.ts';

const { evidenceId, price } = story;
const senior: Actor = { role: 'agent', id: 'a-2' };
const lastOf = (events: CaseEvent[]) => events.at(-1)!.at;
const anHourAfter = (events: CaseEvent[]) => lastOf(events) + hours(1);

const refusesReceipt = (fields = {}, when = story.at.received) =>
  does('receiptConfirmation', { outcome: 'refused', ...fields }, { by: merchant, at: when });
const asks = (when: number, fields: Partial<CaseCommands['interventionRequest']> = {}) =>
  does(
    'interventionRequest',
    { reason: 'other', statement: '商家不讲理', evidenceIds: [], ...fields },
    { by: consumer, at: when },
  );
const withdrawsRequest = (when: number) => does('interventionWithdrawal', {}, { by: consumer, at: when });
const audits = (when: number, fields: CaseCommands['interventionAudit']) =>
  does('interventionAudit', fields, { by: agent, at: when });
const questions = (when: number, from: 'consumer' | 'merchant') =>
  does('informationRequest', { from, question: '请补充开箱视频' }, { by: agent, at: when });
const submits = (by: Actor, when: number, fields: Partial<CaseCommands['evidenceSubmission']> = {}) =>
  does('evidenceSubmission', { evidenceIds: [evidenceId], ...fields }, { by, at: when });
const hasNoMore = (by: Actor, when: number) => submits(by, when, { evidenceIds: [], complete: true });
const rules = (when: number, fields: Partial<CaseCommands['ruling']>, by: Actor = agent) =>
  does('ruling', { favour: 'consumer', liability: 'merchant', reasons: '证据充分', ...fields }, { by, at: when });
const decidesAppeal = (when: number, fields: Partial<CaseCommands['appealRuling']>, by: Actor = senior) =>
  does('appealRuling', { favour: 'consumer', liability: 'merchant', reasons: '证据充分', ...fields }, { by, at: when });
const proposes = (when: number, fields: Partial<CaseCommands['proposal']> = {}) =>
  does(
    'proposal',
    { kind: 'refund_only', refundAmount: 5_000, note: '补偿 50', ...fields },
    { by: merchant, at: when },
  );
const answers = (when: number, decision: 'accept' | 'decline') =>
  does('proposalResponse', { decision }, { by: consumer, at: when });
const relents = (when: number) => does('merchantDecision', { decision: 'approve' }, { by: merchant, at: when });
const deadlineOf = (events: CaseEvent[]) => runningDeadline(givenCase(...events).state)!;
const settlementOf = (state: CaseState, events: CaseEvent[]) =>
  events.map((event) => caseSettlement(state, event)).filter((settlement) => settlement !== undefined);

/** Where the goods are with the consumer, and where the merchant has them already. */
const origins = {
  'a first refusal': story.refusedByMerchant,
  silence: story.silent,
  'a receipt refusal': story.receiptRefused,
};
const goodsWithConsumer = [origins['a first refusal'], origins.silence] as const;

describe('the merchant refuses what arrived', () => {
  const needs: Record<ReceiptRefusalCode, string[]> = {
    empty_parcel: ['evidence'],
    wrong_goods: ['evidence'],
    damaged_in_return: ['evidence'],
    items_missing: ['evidence'],
    not_received: [],
    other: ['evidence', 'note'],
  };
  it('CASE-10: every code is known here with what it needs', () => {
    expect(Object.keys(needs).sort()).toEqual([...receiptRefusalCodes].sort());
  });

  it.each(receiptRefusalCodes)(
    'CASE-10 tricky case 3: %s without what it needs is refused, else taken',
    (refusalCode) => {
      const given = givenCase(...story.sentBack());
      const full = { refusalCode, evidenceIds: [evidenceId], note: '见图' };
      given.when(refusesReceipt(full)).brings({
        type: 'receiptRefused',
        rule: 'CASE-10',
        refusalCode,
        deadline: { kind: 'interventionWindow', from: story.at.received, at: story.at.received + hours(48) },
      });
      const bare = given.when(refusesReceipt({ ...full, evidenceIds: [] }));
      if (needs[refusalCode].includes('evidence')) bare.isRefused('evidence_required', { field: 'evidenceIds' });
      else bare.brings({ type: 'receiptRefused' });
      const speechless = given.when(refusesReceipt({ refusalCode, evidenceIds: [evidenceId] }));
      if (needs[refusalCode].includes('note')) speechless.isRefused('note_required', { field: 'note' });
      else speechless.brings({ type: 'receiptRefused' });
    },
  );

  it('CASE-10: without a code, or a second time, it is refused', () => {
    givenCase(...story.sentBack())
      .when(refusesReceipt({ evidenceIds: [evidenceId] }))
      .isRefused('refusal_code_required', { field: 'refusalCode' });
    const again = { refusalCode: 'empty_parcel', evidenceIds: [evidenceId] };
    givenCase(...story.receiptRefused())
      .when(refusesReceipt(again, story.at.paid))
      .isRefused('action_not_available', { field: 'outcome' });
  });

  it('CASE-5 CASE-10 ELIG-6: left alone it closes, the merchant owes the parcel, and its quantity stays held', () => {
    const happened = givenCase(...story.receiptRefused()).when(deadlinePasses());
    const { state, events } = happened;
    happened.brings({ type: 'caseClosed', rule: 'CASE-5', reason: 'no_intervention_request' });
    expect(state.stage).toEqual({ status: 'closed', reason: 'no_intervention_request', goodsKept: true });
    expect(settlementOf(state, events)).toEqual([{ caseId: story.caseId, status: 'held' }]);
    const told = caseNotices(state, events[0]!);
    expect(told.map(({ to }) => to.role)).toEqual(['consumer', 'merchant']);
    for (const notice of told) {
      expect(messageText(notice, 'zh-CN').body).toContain('商家须寄还买家');
      expect(messageText(notice, 'en').body).toContain('must send them back to the consumer');
    }
  });

  it('CASE-5 ELIG-6: left alone after a first refusal, the quantity is free again', () => {
    const { state, events } = givenCase(...story.refusedByMerchant()).when(deadlinePasses());
    for (const notice of caseNotices(state, events[0]!)) expect(messageText(notice, 'en').body).not.toContain('back');
    expect(state.stage).toEqual({ status: 'closed', reason: 'no_intervention_request' });
    expect(settlementOf(state, events)).toEqual([{ caseId: story.caseId, status: 'released' }]);
  });

  it('CASE-16: it relents with a receipt confirmation, also while the platform looks into it', () => {
    const confirms = (at: number) => does('receiptConfirmation', { outcome: 'received' }, { by: merchant, at });
    for (const events of [
      story.receiptRefused(),
      story.contacted(story.receiptRefused()),
      story.asked(story.contacted(story.receiptRefused()), 'merchant', hours(47)),
      story.adjudicating(story.receiptRefused()),
    ]) {
      const happened = givenCase(...events).when(confirms(anHourAfter(events)));
      const { state } = happened;
      happened.brings({ type: 'receiptConfirmed' }, { type: 'refundStarted', payment: { amount: price } as never });
      expect(state.intervention?.asked).toBeUndefined();
    }
  });
});

describe('INT-1: the platform is asked', () => {
  it.each(Object.entries(origins))('after %s → 48 h for the audit', (_, before) => {
    const at = anHourAfter(before());
    const { state } = givenCase(...before())
      .when(asks(at))
      .brings({
        type: 'interventionRequested',
        rule: 'INT-1',
        deadline: { kind: 'interventionAudit', from: at, at: at + hours(48) },
      });
    expect(state).toMatchObject({
      stage: { status: 'intervention_requested' },
      intervention: { origin: givenCase(...before()).state.stage },
    });
  });

  it.each([
    ['merchant_unresponsive', story.refusedByMerchant],
    ['merchant_unresponsive', story.receiptRefused],
    ['merchant_refused', story.silent],
  ] as const)('%s does not fit everywhere', (reason, before) => {
    givenCase(...before())
      .when(asks(anHourAfter(before()), { reason }))
      .isRefused('reason_does_not_fit', { field: 'reason' });
  });

  it.each([
    ['merchant_refused', story.refusedByMerchant],
    ['merchant_refused', story.receiptRefused],
    ['merchant_unresponsive', story.silent],
  ] as const)('%s fits', (reason, before) => {
    givenCase(...before())
      .when(asks(anHourAfter(before()), { reason }))
      .brings({ type: 'interventionRequested', reason });
  });

  it('tricky case 5: a second request finds the first', () => {
    const events = story.requested();
    givenCase(...events)
      .when(asks(anHourAfter(events)))
      .isRefused('action_not_available');
  });

  it.each([
    ['before the merchant has decided', story.opened()],
    ['while the goods are on their way', story.sentBack()],
    ['once ruled on', story.lost()],
  ])('%s it is not possible', (_, events) => {
    givenCase(...events)
      .when(asks(anHourAfter(events)))
      .isRefused('action_not_available');
  });

  it('after silence the merchant may still decide, and after 48 h more it closes', () => {
    const at = anHourAfter(story.silent());
    givenCase(...story.silent())
      .when(does('merchantDecision', { decision: 'refuse', refusalCode: 'out_of_window' }, { by: merchant, at }))
      .brings({ type: 'applicationRefused', deadline: { kind: 'interventionWindow', from: at, at: at + hours(48) } });
    givenCase(...story.silent())
      .when(relents(at))
      .brings({ type: 'applicationApproved' }, { type: 'returnAwaited' });
    givenCase(...story.silent())
      .when(deadlinePasses())
      .brings({ type: 'caseClosed', reason: 'no_intervention_request' });
  });
});

describe('INT-2: the audit', () => {
  const events = story.requested();
  const at = anHourAfter(events);

  it('accepted → 48 h for both parties’ evidence', () => {
    givenCase(...events)
      .when(audits(at, { decision: 'accept' }))
      .brings({
        type: 'interventionAccepted',
        rule: 'INT-2',
        automatic: false,
        deadline: { kind: 'evidence', from: at, at: at + hours(48) },
      });
  });

  it('overdue → accepted automatically, and says which deadline passed (SEE-2)', () => {
    const passed = deadlineOf(events);
    givenCase(...events)
      .when(deadlinePasses(7_000))
      .brings({
        type: 'interventionAccepted',
        rule: 'INT-2',
        automatic: true,
        passedDeadline: passed,
        deadline: { kind: 'evidence', from: passed.at + 7_000, at: passed.at + 7_000 + hours(48) },
      });
  });

  it('declined needs its reason', () => {
    givenCase(...events)
      .when(audits(at, { decision: 'decline' }))
      .isRefused('note_required', { field: 'note' });
  });

  it.each([
    ['a first refusal', 'released'],
    ['silence', 'released'],
    ['a receipt refusal', 'held'],
  ] as const)('ELIG-6 CASE-10: declined after %s → closed, the quantity %s', (origin, status) => {
    const before = story.requested(origins[origin]());
    const when = givenCase(...before).when(audits(anHourAfter(before), { decision: 'decline', note: '证据不足' }));
    when.brings({ type: 'caseClosed', reason: 'intervention_declined', note: '证据不足' });
    expect(settlementOf(when.state, when.events)).toEqual([{ caseId: story.caseId, status }]);
  });
});

describe('INT-3: evidence', () => {
  it('both parties had nothing more before the audit, asked for more by an agent → accepted, it is ruled at once', () => {
    let events = story.requested();
    for (const party of ['consumer', 'merchant'] as const) {
      events = story.asked(events, party, hours(40));
      const by = party === 'consumer' ? consumer : merchant;
      const answered = givenCase(...events).when(submits(by, anHourAfter(events), { complete: true }));
      events = [...events, ...answered.events];
    }
    const at = anHourAfter(events);
    const { state } = givenCase(...events)
      .when(audits(at, { decision: 'accept' }))
      .brings({ type: 'interventionAccepted', rule: 'INT-2' }, { type: 'adjudicationBegun', rule: 'INT-3' });
    expect(state.stage).toMatchObject({ status: 'under_adjudication', deadline: { from: at, at: at + hours(72) } });
  });

  const events = story.contacted();
  const at = anHourAfter(events);

  it.each([consumer, merchant])('the $role may submit several times, and no deadline moves', (party) => {
    const first = givenCase(...events).when(submits(party, at));
    const { state } = first.brings({
      type: 'evidenceSubmitted',
      rule: 'INT-3',
      actor: party,
      evidenceIds: [evidenceId],
    });
    expect(runningDeadline(state)).toEqual(deadlineOf(events));
    givenCase(...events, ...first.events)
      .when(submits(party, at + 1, { statement: '还有', evidenceIds: [] }))
      .brings({ type: 'evidenceSubmitted', statement: '还有' });
  });

  it('a submission of nothing is refused', () => {
    givenCase(...events)
      .when(submits(consumer, at, { evidenceIds: [] }))
      .isRefused('nothing_submitted', { field: 'statement' });
  });

  it.each([
    [consumer, merchant],
    [merchant, consumer],
  ])('once both have nothing more the ruling’s 72 h begin', (one, other) => {
    const first = givenCase(...events).when(hasNoMore(one, at));
    expect(first.brings({ type: 'evidenceSubmitted', complete: true }).state.stage.status).toBe('awaiting_evidence');
    const given = givenCase(...events, ...first.events);
    given.when(submits(one, at + 1)).isRefused('evidence_phase_over');
    given.when(hasNoMore(other, at + 2)).brings(
      { type: 'evidenceSubmitted', complete: true },
      {
        type: 'adjudicationBegun',
        rule: 'INT-3',
        deadline: { kind: 'adjudication', from: at + 2, at: at + 2 + hours(72) },
      },
    );
  });

  it('on expiry the ruling is made on what is there', () => {
    const passed = deadlineOf(events);
    givenCase(...events)
      .when(deadlinePasses())
      .brings({
        type: 'adjudicationBegun',
        passedDeadline: passed,
        deadline: { kind: 'adjudication', from: passed.at, at: passed.at + hours(72) },
      });
  });

  it.each([
    ['before the audit', story.requested()],
    ['during the ruling', story.adjudicating()],
    ['once ruled', story.lost()],
    ['under appeal', story.appealed()],
    ['while the other is asked', story.asked(story.adjudicating(), 'merchant', hours(71))],
  ])('EVI-4: %s evidence is refused', (_, before) => {
    givenCase(...before)
      .when(submits(consumer, anHourAfter(before)))
      .isRefused('evidence_phase_over');
  });

  it('where nothing was ever asked, or all is over, that is said', () => {
    givenCase(...story.refusedByMerchant())
      .when(submits(consumer, story.at.later))
      .isRefused('action_not_available');
    givenCase(...story.closedWithGoodsKept())
      .when(submits(consumer, anHourAfter(story.closedWithGoodsKept())))
      .isRefused('case_ended');
  });
});

describe('INT-4: further information, while the other deadline stands still', () => {
  const phases = {
    intervention_requested: story.requested(),
    awaiting_evidence: story.contacted(),
    under_adjudication: story.adjudicating(),
  };
  const pairs = Object.entries(phases).flatMap(([status, before]) =>
    (['consumer', 'merchant'] as const).map((from) => ({ status, before, from })),
  );
  const odd = 1_234_567;

  it.each(pairs)(
    '$status, the $from asked: answered → what was left goes on, to the millisecond',
    ({ before, from, status }) => {
      const other = deadlineOf(before);
      const at = lastOf(before) + odd;
      const asking = givenCase(...before).when(questions(at, from));
      asking.brings({
        type: 'informationRequested',
        rule: 'INT-4',
        from,
        left: other.at - at,
        deadline: { kind: 'furtherInformation', from: at, at: at + hours(48) },
      });
      const asked = [...before, ...asking.events];
      expect(deadlineOf(asked).kind, 'only the answer is waited for').toBe('furtherInformation');
      expect(
        caseNotices(asking.state, asking.events[0]!)
          .filter(({ text }) => text)
          .map(({ to }) => to.role),
      ).toEqual([from]);

      const then = at + hours(20) + 321;
      const answered = givenCase(...asked).when(submits(from === 'consumer' ? consumer : merchant, then));
      answered.brings(
        { type: 'evidenceSubmitted', rule: 'INT-4' },
        { type: 'informationPhaseEnded', rule: 'INT-4', deadline: { ...other, from: then, at: then + other.at - at } },
      );
      expect(answered.state.stage.status).toBe(status);
      expect(runningDeadline(answered.state)!.at - other.at).toBe(then - at);
    },
  );

  it.each(pairs)('$status, the $from asked: no answer → it goes on when that really fired', ({ before, from }) => {
    const other = deadlineOf(before);
    const at = lastOf(before) + odd;
    const asked = [...before, ...givenCase(...before).when(questions(at, from)).events];
    const fired = at + hours(48) + 4_321;
    const { state } = givenCase(...asked)
      .when(deadlinePasses(4_321))
      .brings({ type: 'informationPhaseEnded', passedDeadline: deadlineOf(asked) });
    expect(runningDeadline(state)).toMatchObject({ kind: other.kind, at: fired + other.at - at });
  });

  it('one question at a time; afterwards another', () => {
    const asked = story.asked(story.contacted(), 'consumer', hours(47));
    givenCase(...asked)
      .when(questions(anHourAfter(asked), 'merchant'))
      .isRefused('in_progress');
    const answered = [...asked, ...givenCase(...asked).when(submits(consumer, anHourAfter(asked))).events];
    givenCase(...answered)
      .when(questions(anHourAfter(answered), 'merchant'))
      .brings({ type: 'informationRequested', left: hours(46) });
  });

  it('the other party’s evidence does not end the question', () => {
    const asked = story.asked(story.contacted(), 'consumer', hours(47));
    const { state } = givenCase(...asked)
      .when(submits(merchant, anHourAfter(asked)))
      .brings({ type: 'evidenceSubmitted', actor: merchant });
    expect(runningDeadline(state)).toEqual(deadlineOf(asked));
  });

  it('an audit accepted meanwhile: the evidence phase has its whole 48 h from the answer', () => {
    const asked = story.asked(story.requested(), 'consumer', hours(1));
    const accepted = [...asked, ...givenCase(...asked).when(audits(anHourAfter(asked), { decision: 'accept' })).events];
    expect(deadlineOf(accepted)).toEqual(deadlineOf(asked));
    const at = anHourAfter(accepted);
    const { state } = givenCase(...accepted)
      .when(submits(consumer, at))
      .brings({ type: 'evidenceSubmitted' }, { type: 'informationPhaseEnded' });
    expect(runningDeadline(state)).toMatchObject({ kind: 'evidence', from: at, at: at + hours(48) });
  });

  it('INT-3: both done while a question is open → the ruling begins with its end, answered or not', () => {
    const done = story.hasNothingMore(
      story.hasNothingMore(story.asked(story.contacted(), 'merchant', hours(47)), 'consumer'),
      'merchant',
    );
    // the merchant had been done before it was asked
    const order = [...done.slice(0, -3), done.at(-1)!, done.at(-3)!, done.at(-2)!].map((event, index, all) => ({
      ...event,
      at: index < all.length - 3 ? event.at : lastOf(done) + hours(index),
    }));
    givenCase(...order)
      .when(deadlinePasses())
      .brings({ type: 'informationPhaseEnded' }, { type: 'adjudicationBegun', rule: 'INT-3' });
    givenCase(...order)
      .when(submits(merchant, anHourAfter(order)))
      .brings({ type: 'evidenceSubmitted' }, { type: 'informationPhaseEnded' }, { type: 'adjudicationBegun' });
  });

  it('POL-5: it is the question’s deadline that an agent extends, and what was left stays', () => {
    const asked = story.asked(story.contacted(), 'consumer', hours(47));
    const until = deadlineOf(asked).at + hours(5);
    const { state } = givenCase(...asked)
      .when(
        does(
          'deadlineExtension',
          { until: new Date(until).toISOString(), reason: '物流延误' },
          { by: agent, at: anHourAfter(asked) },
        ),
      )
      .brings({ type: 'deadlineExtended' });
    expect(state.intervention?.asked).toMatchObject({ left: hours(47), deadline: { at: until } });
  });
});

describe('INT-5, INT-6: the ruling', () => {
  const remedies = [
    { remedy: 'return_and_refund' },
    { remedy: 'refund_only', refundAmount: 5_000 },
    { remedy: 'exchange' },
    { remedy: 'reship' },
  ] as const;
  const leadsTo = {
    sendsBack: { return_and_refund: 'awaiting_buyer_return', exchange: 'awaiting_buyer_return' },
    online: {
      return_and_refund: 'refunding',
      refund_only: 'refunding',
      exchange: 'awaiting_replacement',
      reship: 'awaiting_replacement',
    },
    cod: {
      return_and_refund: 'awaiting_refund_voucher',
      refund_only: 'awaiting_refund_voucher',
      exchange: 'awaiting_replacement',
      reship: 'awaiting_replacement',
    },
  } as const;
  const rows = Object.entries(origins).flatMap(([origin, before]) =>
    remedies.flatMap((fields) =>
      (['online', 'cod'] as const).map((paymentMethod) => {
        const atHome = origin !== 'a receipt refusal';
        const sendsBack = fields.remedy === 'return_and_refund' || fields.remedy === 'exchange';
        const status = atHome && sendsBack ? leadsTo.sendsBack[fields.remedy] : leadsTo[paymentMethod][fields.remedy];
        return { origin, before, fields, remedy: fields.remedy, paymentMethod, status };
      }),
    ),
  );

  it.each(rows)(
    'tricky case 7: $remedy after $origin, $paymentMethod → $status',
    ({ before, fields, paymentMethod, status }) => {
      const events = story.adjudicating(before({ paymentMethod }));
      const at = anHourAfter(events);
      const happened = givenCase(...events).when(rules(at, fields));
      const { state } = happened;
      const amount = 'refundAmount' in fields ? fields.refundAmount : price;
      happened.brings(
        {
          type: 'ruled',
          rule: 'INT-5',
          ruling: { favour: 'consumer', remedy: { kind: fields.remedy, amount } } as never,
        },
        { type: 'merchantAppealOpened' },
        {},
      );
      expect(state.stage.status).toBe(status);
      expect(state.remedy).toEqual({ kind: fields.remedy, amount });
      if (status === 'refunding') expect(state.stage).toMatchObject({ payment: { amount, attempt: 1 } });
      else expect(runningDeadline(state)!.at - at).toBe(status === 'awaiting_buyer_return' ? days(7) : hours(48));
    },
  );

  it.each([
    ['no remedy', {}, 'remedy_required', 'remedy'],
    ['no amount', { remedy: 'refund_only' }, 'refund_amount_required', 'refundAmount'],
    ['too much', { remedy: 'refund_only', refundAmount: price + 1 }, 'refund_above_refundable', 'refundAmount'],
    [
      'too much of a return',
      { remedy: 'return_and_refund', refundAmount: price + 1 },
      'refund_above_refundable',
      'refundAmount',
    ],
    ['an amount of an exchange', { remedy: 'exchange', refundAmount: 1 }, 'refund_amount_not_allowed', 'refundAmount'],
    ['a remedy for the merchant', { favour: 'merchant', remedy: 'reship' }, 'remedy_not_allowed', 'remedy'],
    ['an amount for the merchant', { favour: 'merchant', refundAmount: 5 }, 'remedy_not_allowed', 'remedy'],
  ] as const)('%s is refused, of a first ruling and of an appeal’s', (_, fields, code, field) => {
    givenCase(...story.adjudicating())
      .when(rules(story.at.later, fields))
      .isRefused(code, { field });
    givenCase(...story.appealed())
      .when(decidesAppeal(story.at.later, fields))
      .isRefused(code, { field });
  });

  it('just what is refundable can be ruled', () => {
    const events = story.adjudicating();
    givenCase(...events)
      .when(rules(anHourAfter(events), { remedy: 'refund_only', refundAmount: price }))
      .brings({ type: 'ruled' }, { type: 'merchantAppealOpened' }, { type: 'refundStarted' });
  });

  it('REF-7: a part refunded spends the case’s whole reservation, and just the part is booked', () => {
    const events = story.adjudicating();
    const ruled = [
      ...events,
      ...givenCase(...events).when(rules(anHourAfter(events), { remedy: 'refund_only', refundAmount: 5_000 })).events,
    ];
    const done = givenCase(...ruled).when(
      providerAnswers(story.refundKey, { outcome: 'done', reference: 'r-1', at: 0 }, anHourAfter(ruled)),
    );
    done.brings({ type: 'refundSettled' });
    expect(settlementOf(done.state, done.events)).toEqual([
      { caseId: story.caseId, status: 'consumed', amount: 5_000 },
    ]);
    expect(done.events.flatMap((event) => caseBookings(done.state, event))).toMatchObject([
      { kind: 'refund', amount: 5_000 },
    ]);
  });

  it('CASE-12: the voucher of a part must be for the part', () => {
    const events = story.adjudicating(story.refusedByMerchant({ paymentMethod: 'cod' }));
    const ruled = [
      ...events,
      ...givenCase(...events).when(rules(anHourAfter(events), { remedy: 'refund_only', refundAmount: 5_000 })).events,
    ];
    const shows = (amount: number) =>
      does(
        'refundVoucher',
        { reference: 'v-1', amount, paidAt: '2026-03-02T04:00:00Z', evidenceIds: [evidenceId] },
        { by: merchant, at: anHourAfter(ruled) },
      );
    givenCase(...ruled)
      .when(shows(price))
      .isRefused('voucher_amount_mismatch');
    givenCase(...ruled)
      .when(shows(5_000))
      .brings({ type: 'voucherAccepted' });
  });

  it('overdue → escalated, never dropped: any agent rules it still', () => {
    const events = story.adjudicating();
    const late = givenCase(...events).when(deadlinePasses());
    late.brings({ type: 'adjudicationEscalated', rule: 'INT-5', passedDeadline: deadlineOf(events) });
    expect(late.state.stage).toEqual({ status: 'under_adjudication', since: late.state.updatedAt });
    expect(caseNotices(late.state, late.events[0]!).some(({ to }) => to.role === 'agent')).toBe(true);
    givenCase(...events, ...late.events)
      .when(rules(story.at.later + days(30), { favour: 'merchant' }, senior))
      .brings({ type: 'ruled', actor: senior }, { type: 'appealAwaited' });
  });

  it('a question that is still open is moot once it is ruled', () => {
    const asked = story.asked(story.adjudicating(), 'consumer', hours(71));
    const { state } = givenCase(...asked).when(rules(anHourAfter(asked), { favour: 'merchant' }));
    expect(runningDeadline(state)?.kind).toBe('appeal');
  });

  it('only during the adjudication, and once', () => {
    for (const events of [story.requested(), story.contacted(), story.lost(), story.appealed()])
      givenCase(...events)
        .when(rules(anHourAfter(events), { favour: 'merchant' }))
        .isRefused('action_not_available');
  });
});

describe('INT-7: the consumer withdraws the request', () => {
  /** The adjudication begun at once, both parties having nothing more. */
  const adjudicatingEarly = (before: CaseEvent[]) => {
    const events = story.hasNothingMore(story.contacted(before), 'consumer');
    return [...events, ...givenCase(...events).when(hasNoMore(merchant, anHourAfter(events))).events];
  };
  const phases = { requested: story.requested, contacted: story.contacted, adjudicating: adjudicatingEarly };
  const rows = Object.entries(origins).flatMap(([origin, before]) =>
    Object.entries(phases).map(([phase, reach]) => ({ origin, before, phase, reach })),
  );

  it.each(rows)('$phase after $origin: in its time → back, the old deadline kept', ({ before, reach }) => {
    const events = reach(before());
    const old = givenCase(...before()).state.stage;
    const { at } = deadlineOf(before());
    const { state } = givenCase(...events)
      .when(withdrawsRequest(at))
      .brings({ type: 'interventionWithdrawn', rule: 'INT-7' });
    expect(state).toMatchObject({ stage: old, intervention: null });
    givenCase(...events)
      .when(withdrawsRequest(at + 1))
      .brings(
        { type: 'interventionWithdrawn' },
        { type: 'caseClosed', rule: 'INT-7', reason: 'no_intervention_request' },
      );
  });

  it.each(rows)('$phase after $origin: too late → closed, goods at the merchant held', ({ before, reach, origin }) => {
    const events = reach(before());
    const { state, events: came } = givenCase(...events).when(withdrawsRequest(story.at.later + days(9)));
    const kept = origin === 'a receipt refusal';
    expect(state.stage).toEqual({
      status: 'closed',
      reason: 'no_intervention_request',
      ...(kept ? { goodsKept: true } : {}),
    });
    expect(settlementOf(state, came)).toEqual([{ caseId: story.caseId, status: kept ? 'held' : 'released' }]);
  });

  it('back where it was, it may be asked for again, and closes by itself as before', () => {
    const events = story.requested();
    const back = [...events, ...givenCase(...events).when(withdrawsRequest(anHourAfter(events))).events];
    givenCase(...back)
      .when(asks(anHourAfter(back)))
      .brings({ type: 'interventionRequested' });
    givenCase(...back)
      .when(deadlinePasses())
      .brings({ type: 'caseClosed', rule: 'CASE-5' });
  });

  it.each([
    ['once ruled', story.lost()],
    ['under appeal', story.appealed()],
  ])('%s it can not', (_, events) => {
    givenCase(...events)
      .when(withdrawsRequest(anHourAfter(events)))
      .isRefused('action_not_available');
  });

  it.each(goodsWithConsumer)(
    'CASE-15: the whole case may be withdrawn until the adjudication, where the goods were not sent',
    (before) => {
      const withdraws = (at: number) => does('withdrawal', {}, { by: consumer, at });
      for (const reach of [story.requested, story.contacted])
        givenCase(...reach(before()))
          .when(withdraws(story.at.later))
          .brings({ type: 'caseClosed', rule: 'CASE-15', reason: 'withdrawn' });
      givenCase(...story.adjudicating(before()))
        .when(withdraws(story.at.later))
        .isRefused('action_not_available');
      for (const events of [
        story.receiptRefused(),
        story.requested(story.receiptRefused()),
        story.contacted(story.receiptRefused()),
      ])
        givenCase(...events)
          .when(withdraws(story.at.later))
          .isRefused('action_not_available');
    },
  );
});

describe('INT-9: the consumer’s appeal', () => {
  const appeals = (at: number) =>
    does('appeal', { statement: '不服', evidenceIds: [evidenceId] }, { by: consumer, at });

  it('ruled for the merchant → 7 days, not final', () => {
    const events = story.adjudicating();
    const at = anHourAfter(events);
    const { state, events: came } = givenCase(...events).when(rules(at, { favour: 'merchant' }));
    expect(state.stage).toEqual({
      status: 'awaiting_appeal',
      deadline: { kind: 'appeal', from: at, at: at + days(7) },
    });
    expect(settlementOf(state, came), 'tricky case 20: the quantity is held').toEqual([]);
  });

  it('appealed → 72 h for another agent; once', () => {
    const events = story.lost();
    const at = anHourAfter(events);
    const { state } = givenCase(...events)
      .when(appeals(at))
      .brings({ type: 'appealed', rule: 'INT-9', deadline: { kind: 'adjudication', from: at, at: at + hours(72) } });
    expect(state.intervention?.appeal).toMatchObject({ by: 'consumer', statement: '不服', evidenceIds: [evidenceId] });
    givenCase(...story.appealed())
      .when(appeals(story.at.later))
      .isRefused('action_not_available');
  });

  it('the agent who ruled does not decide it, another does', () => {
    const events = story.appealed();
    for (const more of [events, story.escalated(events)]) {
      givenCase(...more)
        .when(decidesAppeal(anHourAfter(more), { favour: 'merchant' }, agent))
        .isRefused('ruled_before');
      givenCase(...more)
        .when(decidesAppeal(anHourAfter(more), { favour: 'merchant' }))
        .brings({ type: 'appealRuled', actor: senior }, { type: 'caseClosed', reason: 'ruled_for_merchant' });
    }
  });

  it.each([
    ['a first refusal', 'released', 'awaiting_buyer_return'],
    ['silence', 'released', 'awaiting_buyer_return'],
    ['a receipt refusal', 'held', 'refunding'],
  ] as const)('after %s: no appeal or upheld → closed and %s; turned → %s', (origin, status, turned) => {
    const before = origins[origin]();
    const appealed = story.appealed(before);
    const ends = [
      givenCase(...story.lost(before)).when(deadlinePasses()),
      givenCase(...appealed).when(decidesAppeal(anHourAfter(appealed), { favour: 'merchant' })),
    ];
    for (const { state, events } of ends) {
      expect(state.stage).toMatchObject({ status: 'closed', reason: 'ruled_for_merchant' });
      expect(settlementOf(state, events)).toEqual([{ caseId: story.caseId, status }]);
    }
    const { state } = givenCase(...appealed).when(
      decidesAppeal(anHourAfter(appealed), { remedy: 'return_and_refund' }),
    );
    expect(state.stage.status).toBe(turned);
    expect(state.intervention).toMatchObject({
      ruling: { favour: 'merchant' },
      appeal: { ruling: { favour: 'consumer' } },
    });
  });

  it('overdue → escalated, and still under appeal', () => {
    const happened = givenCase(...story.appealed()).when(deadlinePasses());
    const { state } = happened;
    happened.brings({ type: 'adjudicationEscalated', rule: 'INT-5' });
    expect(state.stage).toEqual({ status: 'under_appeal', since: state.updatedAt });
  });

  it('a ruling for the consumer cannot be appealed by it', () => {
    const events = story.adjudicating();
    const ruled = [...events, ...givenCase(...events).when(rules(anHourAfter(events), { remedy: 'reship' })).events];
    givenCase(...ruled)
      .when(appeals(anHourAfter(ruled)))
      .isRefused('action_not_available');
  });
});

describe('CASE-16: negotiation', () => {
  const negotiable = {
    pending_merchant_review: story.opened(),
    'pending after silence': story.silent(),
    application_refused: story.refusedByMerchant(),
    receipt_refused: story.receiptRefused(),
    intervention_requested: story.requested(),
    awaiting_evidence: story.contacted(),
    'awaiting_evidence with a question': story.asked(story.contacted(), 'consumer', hours(47)),
    under_adjudication: story.adjudicating(),
  };

  it.each(Object.entries(negotiable))('%s: proposed and declined → running deadlines unmoved', (_, before) => {
    const made = givenCase(...before).when(proposes(anHourAfter(before)));
    made.brings({ type: 'proposed', rule: 'CASE-16', proposal: { kind: 'refund_only', amount: 5_000 } as never });
    expect(runningDeadline(made.state)).toEqual(deadlineOf(before));
    const events = [...before, ...made.events];
    const { state } = givenCase(...events)
      .when(answers(anHourAfter(events), 'decline'))
      .brings({ type: 'proposalDeclined' });
    expect(state).toMatchObject({ proposal: null, remedy: { kind: 'return_and_refund', amount: price } });
    expect(runningDeadline(state)).toEqual(deadlineOf(before));
    expect(state.stage).toEqual(givenCase(...before).state.stage);
  });

  it.each(Object.entries(negotiable))(
    '%s: accepted → the case follows it, and no question or proposal stays',
    (_, before) => {
      const events = story.proposed(before, { kind: 'refund_only', amount: 5_000 });
      const { state } = givenCase(...events)
        .when(answers(anHourAfter(events), 'accept'))
        .brings(
          { type: 'proposalAccepted', remedy: { kind: 'refund_only', amount: 5_000 } },
          { type: 'refundStarted' },
        );
      expect(state).toMatchObject({ proposal: null, stage: { status: 'refunding', payment: { amount: 5_000 } } });
      expect(state.intervention?.asked).toBeUndefined();
    },
  );

  it('a return, agreed on after a receipt refusal, does not travel again', () => {
    const events = story.proposed(story.receiptRefused(), { kind: 'return_and_refund', amount: 9_000 });
    const { state } = givenCase(...events).when(answers(anHourAfter(events), 'accept'));
    expect(state.stage).toMatchObject({ status: 'refunding', payment: { amount: 9_000 } });
  });

  it('a later proposal stands in the place of the earlier; there is nothing to answer without one', () => {
    const events = story.proposed(story.refusedByMerchant(), { kind: 'refund_only', amount: 5_000 });
    const { state } = givenCase(...events).when(
      proposes(anHourAfter(events), { kind: 'exchange', refundAmount: undefined }),
    );
    expect(state.proposal).toMatchObject({ kind: 'exchange', amount: price });
    givenCase(...story.refusedByMerchant())
      .when(answers(story.at.later, 'accept'))
      .isRefused('action_not_available');
  });

  it.each([
    [{ refundAmount: undefined }, 'refund_amount_required'],
    [{ refundAmount: price + 1 }, 'refund_above_refundable'],
    [{ kind: 'reship', refundAmount: 1 }, 'refund_amount_not_allowed'],
  ] as const)('a proposal of %o → %s', (fields, code) => {
    givenCase(...story.refusedByMerchant())
      .when(proposes(story.at.sent, fields))
      .isRefused(code, { field: 'refundAmount' });
  });

  it.each([
    ['once approved', story.approved()],
    ['once ruled', story.lost()],
    ['once the money moves', story.refunding()],
  ])('%s there is nothing to negotiate', (_, events) => {
    givenCase(...events)
      .when(proposes(anHourAfter(events)))
      .isRefused('action_not_available');
  });

  const relenting = [
    ['a refusal', story.refusedByMerchant()],
    ['an intervention', story.requested()],
    ['an intervention after silence', story.contacted(story.silent())],
    ['the adjudication', story.adjudicating()],
    ['a question', story.asked(story.adjudicating(), 'merchant', hours(71))],
  ] as const;
  it.each(relenting)('a late approval during %s: 7 days to send the goods back', (_, before) => {
    const events = story.proposed([...before], { kind: 'refund_only', amount: 5_000 });
    const at = anHourAfter(events);
    const { state } = givenCase(...events)
      .when(relents(at))
      .brings(
        { type: 'applicationApproved', automatic: false },
        { type: 'returnAwaited', deadline: { kind: 'buyerReturn', from: at, at: at + days(7) } },
      );
    expect(state).toMatchObject({ proposal: null, remedy: { kind: 'return_and_refund', amount: price } });
    expect(runningDeadline(state)?.kind).toBe('buyerReturn');
  });

  it('after a receipt refusal it is the receipt that is confirmed, not the application', () => {
    for (const events of [story.receiptRefused(), story.contacted(story.receiptRefused())])
      givenCase(...events)
        .when(relents(anHourAfter(events)))
        .isRefused('action_not_available');
  });
});

describe('CASE-17: replacement', () => {
  const ships = (at: number) =>
    does('replacementShipment', { carrier: 'SF', trackingNumber: 'SF9' }, { by: merchant, at });

  it('a re-ship approved → 48 h to ship, no address and no goods travel', () => {
    const at = story.at.decided;
    const { state, effects } = givenCase(...story.opened({ kind: 'reship' }))
      .when(relents(at))
      .brings(
        { type: 'applicationApproved' },
        {
          type: 'replacementAwaited',
          rule: 'CASE-17',
          deadline: { kind: 'replacementShipment', from: at, at: at + hours(48) },
        },
      );
    expect([state.returnAddress, effects]).toEqual([null, []]);
  });

  it('an exchange approved → the goods go back first, then the replacement is due', () => {
    givenCase(...story.opened({ kind: 'exchange' }))
      .when(relents(story.at.decided))
      .brings({ type: 'applicationApproved' }, { type: 'returnAwaited' });
    givenCase(...story.exchangeSentBack())
      .when(does('receiptConfirmation', { outcome: 'received' }, { by: merchant, at: story.at.received }))
      .brings({ type: 'receiptConfirmed' }, { type: 'replacementAwaited' });
    givenCase(...story.exchangeSentBack())
      .when(deadlinePasses())
      .brings({ type: 'receiptConfirmed', rule: 'CASE-9', automatic: true }, { type: 'replacementAwaited' });
  });

  it('shipped → 7 days; received, or by silence → replaced, and nothing is paid', () => {
    givenCase(...story.owingReplacement())
      .when(ships(story.at.sent))
      .brings({
        type: 'replacementShipped',
        deadline: { kind: 'replacementReceipt', from: story.at.sent, at: story.at.sent + days(7) },
      });
    const ends = [
      [
        givenCase(...story.replacementSent()).when(
          does('replacementReceipt', {}, { by: consumer, at: story.at.received }),
        ),
        false,
      ],
      [givenCase(...story.replacementSent()).when(deadlinePasses()), true],
    ] as const;
    for (const [happened, automatic] of ends) {
      const { state, events, effects } = happened;
      happened.brings({ type: 'replacementReceived', rule: 'CASE-17', automatic });
      expect([state.stage.status, effects]).toEqual(['replaced', []]);
      expect(settlementOf(state, events)).toEqual([{ caseId: story.caseId, status: 'released' }]);
    }
  });

  it.each([
    ['online', 'refundStarted'],
    ['cod', 'voucherAwaited'],
  ] as const)('not shipped in 48 h, %s → the refund step', (paymentMethod, type) => {
    const events = story.owingReplacement({ paymentMethod });
    givenCase(...events)
      .when(deadlinePasses())
      .brings({ type: 'replacementOverdue', passedDeadline: deadlineOf(events) }, { type });
  });

  it('an exchange’s goods refused → the platform may be asked, and its ruling does not send them again', () => {
    const events = story.exchangeSentBack();
    const refused = [
      ...events,
      ...givenCase(...events).when(refusesReceipt({ refusalCode: 'wrong_goods', evidenceIds: [evidenceId] })).events,
    ];
    const judged = story.adjudicating(refused);
    givenCase(...judged)
      .when(rules(anHourAfter(judged), { remedy: 'exchange' }))
      .brings({ type: 'ruled' }, { type: 'merchantAppealOpened' }, { type: 'replacementAwaited' });
  });

  it('a second dispute on one case, after the goods of a won one were refused, is looked into anew', () => {
    const first = story.adjudicating();
    const won = [
      ...first,
      ...givenCase(...first).when(rules(anHourAfter(first), { remedy: 'return_and_refund' })).events,
    ];
    const sent = [
      ...won,
      ...givenCase(...won).when(
        does('trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }, { by: consumer, at: anHourAfter(won) }),
      ).events,
    ];
    const refused = [
      ...sent,
      ...givenCase(...sent).when(
        refusesReceipt({ refusalCode: 'wrong_goods', evidenceIds: [evidenceId] }, anHourAfter(sent)),
      ).events,
    ];
    const { state } = givenCase(...refused).when(asks(anHourAfter(refused)));
    expect(state.intervention).toMatchObject({ origin: { status: 'receipt_refused' }, complete: [] });
    expect(state.intervention?.ruling).toBeUndefined();
    const again = story.adjudicating(refused);
    const { state: end } = givenCase(...again).when(rules(anHourAfter(again), { remedy: 'return_and_refund' }));
    expect(end.stage.status).toBe('refunding');
  });

  it('TELL-1, INT-3: the parties’ last word tells agents that a ruling is due; an earlier one does not', () => {
    const lastWord = (events: CaseEvent[], by: typeof merchant) =>
      givenCase(...events).when(
        does('evidenceSubmission', { evidenceIds: [], complete: true }, { by, at: anHourAfter(events) }),
      );
    const agentsAreTold = ({ state, events }: ReturnType<typeof lastWord>) =>
      caseNotices(state, events[0]!).some(({ to }) => to.role === 'agent');
    const contacted = story.contacted();
    expect(agentsAreTold(lastWord(contacted, consumer))).toBe(false);
    expect(agentsAreTold(lastWord(story.hasNothingMore(contacted, 'consumer'), merchant))).toBe(true);
  });
});

describe('ELIG-6: an agent’s case on goods that an earlier one left at the merchant', () => {
  const goodsBack = { goodsBack: true as const };
  it.each([
    ['return_and_refund', 'refunding'],
    ['exchange', 'awaiting_replacement'],
  ] as const)('%s approved → %s: nothing travels a second time', (kind, status) => {
    const { state } = givenCase(...story.opened({ kind, ...goodsBack })).when(relents(story.at.decided));
    expect(state.stage.status).toBe(status);
    expect(state.returnAddress).toBeNull();
  });

  it('INT-6: a ruling does not send them either, and closed they stay held', () => {
    const events = story.adjudicating(story.refusedByMerchant(goodsBack));
    const { state } = givenCase(...events).when(rules(anHourAfter(events), { remedy: 'return_and_refund' }));
    expect(state.stage.status).toBe('refunding');
    const left = givenCase(...story.refusedByMerchant(goodsBack)).when(deadlinePasses());
    expect(settlementOf(left.state, left.events)).toEqual([{ caseId: story.caseId, status: 'held' }]);
  });
});
