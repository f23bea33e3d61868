import type { CaseEvent, CaseState } from '../../src/domain/case/case.ts';
import { caseListensUntil } from '../../src/domain/case/deadlines.ts';
import { caseSettlement } from '../../src/domain/case/effects.ts';
import type { Invariant } from './invariants.ts';
import { lengthOf } from './policies.ts';
import type { Change } from './subjectInvariants.ts';
import type { Walker } from './walker.ts';

type CaseWalk = Walker<CaseState, CaseEvent>;

type Of<Type extends CaseEvent['type']> = Extract<CaseEvent, { type: Type }>;
const all = <Type extends CaseEvent['type']>(events: readonly CaseEvent[], ...types: Type[]): Of<Type>[] =>
  events.filter((event): event is Of<Type> => (types as string[]).includes(event.type));
const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
const left = (deadline: { at: number } | undefined, at: number) => deadline && Math.max(0, deadline.at - at);

/** What the provider has paid to somebody for this case. */
const paidTo = ({ provider, payments }: CaseWalk, party: string) =>
  provider.movements.filter((movement) => movement.party === party && payments.has(movement.key));
const byHandTo = ({ events }: CaseWalk, ...types: ('refundSettled' | 'compensationSettled' | 'payoutSettled')[]) =>
  all(events, ...types).filter(({ byHand }) => byHand !== undefined);
const vouchers = ({ events }: CaseWalk) => all(events, 'voucherAccepted');
const toConsumer = (walk: CaseWalk) => [
  ...paidTo(walk, walk.state.facts.consumerId).map(({ amount }) => amount),
  ...byHandTo(walk, 'refundSettled', 'compensationSettled').map(({ payment }) => payment.amount),
  ...vouchers(walk).map(({ amount }) => amount),
];
const toMerchant = (walk: CaseWalk) => [
  ...paidTo(walk, walk.state.facts.merchantId).map(({ amount }) => amount),
  ...byHandTo(walk, 'payoutSettled').map(({ payment }) => payment.amount),
];

const isEnded = ({ stage }: CaseState) => ['refunded', 'compensated', 'replaced', 'closed'].includes(stage.status);
/** Statuses that only a case has whose goods, if they were to travel, have arrived. */
const travelling = ['awaiting_buyer_return', 'awaiting_merchant_receipt'];

/** A larger part of a basis point counts as a whole one: half up, in whole numbers. CASE-13 */
function penaltyDue({ facts: { policy }, remedy }: CaseState): number {
  const { basisPoints, minimum } = policy.codPenalty;
  const twice = 2n * BigInt(remedy.amount) * BigInt(basisPoints);
  return Math.max(minimum, Number((twice + 10_000n) / 20_000n));
}

/** What must hold of every change of a case, beyond what holds of every subject. */
export const caseInvariants: readonly Invariant<CaseWalk, Change<CaseState, CaseEvent>>[] = [
  {
    rule: 'CASE-14',
    says: 'the consumer gets money once, whoever pays it: the provider, an agent by hand, or the merchant with a voucher',
    holds: (walk) => toConsumer(walk).length <= 1,
  },
  {
    rule: 'REF-3',
    says: 'the consumer gets just the refund, which is no more than was paid for the goods',
    holds: (walk) =>
      toConsumer(walk).every(
        (amount) => amount === walk.state.remedy.amount && amount <= walk.state.facts.refundAmount,
      ),
  },
  {
    rule: 'INT-9',
    says: 'the merchant is paid once, only for an appeal that was won, and never more than the case’s refund',
    holds: (walk) => {
      const { merchantAppeal, remedy } = walk.state;
      const amounts = toMerchant(walk);
      const won = merchantAppeal?.status === 'won';
      return (
        amounts.length <= 1 &&
        amounts.every((amount) => won && amount <= merchantAppeal.amount && amount <= remedy.amount)
      );
    },
  },
  {
    rule: 'INT-9',
    says: 'the merchant is paid only once the consumer has got its remedy',
    holds: (walk) =>
      (all(walk.events, 'payoutStarted').length === 0 && toMerchant(walk).length === 0) ||
      ['refunded', 'compensated', 'replaced'].includes(walk.state.stage.status),
  },
  {
    rule: 'INT-9',
    says: 'a merchant whose appeal was won gets its money under way as soon as the consumer has its remedy',
    holds: ({ state, events }) =>
      state.merchantAppeal?.status !== 'won' ||
      !['refunded', 'compensated', 'replaced'].includes(state.stage.status) ||
      Math.min(state.merchantAppeal.amount, state.remedy.amount) === 0 ||
      all(events, 'payoutStarted').length > 0,
  },
  {
    rule: 'INT-9',
    says: 'while its appeal is open the case lives; lodged once, it is ruled on once',
    holds: (walk) => {
      const { merchantAppeal: appeal } = walk.state;
      const open = appeal?.status === 'open' || appeal?.status === 'under_review';
      return (
        !(open && walk.isOver()) &&
        all(walk.events, 'merchantAppealed').length <= 1 &&
        all(walk.events, 'merchantAppealRuled').length <= 1
      );
    },
  },
  {
    rule: 'CASE-14',
    says: 'no attempt starts while a settlement by hand is being checked',
    holds: (_, { before, events }) => {
      const { stage, merchantAppeal } = before;
      const paying = 'payment' in stage ? stage : merchantAppeal?.status === 'won' ? merchantAppeal.payout : undefined;
      const again = paying?.settlement && paying.payment;
      return all(events, 'refundStarted', 'advanceCompensationStarted', 'payoutStarted').every(
        ({ payment }) => again === undefined || payment.key.replace(/\d+$/, '') !== again.key.replace(/\d+$/, ''),
      );
    },
  },
  {
    rule: 'tricky case 8',
    says: 'exactly one of refunded and compensated',
    holds: (walk) =>
      (vouchers(walk).length === 0 || all(walk.events, 'advanceCompensationStarted').length === 0) &&
      all(walk.events, 'refundSettled', 'compensationSettled', 'voucherAccepted', 'nothingToRefund').length <= 1,
  },
  {
    rule: 'CASE-11',
    says: 'online the platform refunds, cod the merchant does',
    holds: ({ state: { facts }, payments }) =>
      [...payments.values()].every(
        ({ operation, party }) =>
          operation === (party === facts.consumerId && facts.paymentMethod === 'online' ? 'refund' : 'payout'),
      ),
  },
  {
    rule: 'CASE-12',
    says: 'a voucher that is accepted shows exactly the refund',
    holds: (_, { after, events }) =>
      all(events, 'voucherAccepted').every(
        ({ amount, paidAt, at }) => amount === after.remedy.amount && Date.parse(paidAt) <= at,
      ),
  },
  {
    rule: 'CASE-13',
    says: 'the platform compensates only where a voucher was overdue',
    holds: (_, { before, events }) =>
      all(events, 'advanceCompensationStarted').every(
        ({ actor }) =>
          before.stage.status === 'compensation_failed' ||
          (actor.role === 'timer' && before.stage.status === 'awaiting_refund_voucher'),
      ),
  },
  {
    rule: 'CASE-13',
    says: 'a compensation is claimed from the merchant in full, with the penalty, once',
    holds: ({ ledger, state }, { events }) => {
      if (events.length === 0) return true;
      const booked = (kind: string) => ledger.filter((entry) => entry.kind === kind).map(({ amount }) => amount);
      if (state.stage.status !== 'compensated')
        return ['compensation', 'claim', 'penalty'].every((kind) => booked(kind).length === 0);
      const penalty = penaltyDue(state);
      return (
        String(booked('compensation')) === String([state.remedy.amount]) &&
        String(booked('claim')) === String([state.remedy.amount]) &&
        String(booked('penalty')) === String(penalty > 0 ? [penalty] : [])
      );
    },
  },
  {
    rule: 'REF-5',
    says: 'the ledger holds what went to the consumer and to the merchant, each from its own account',
    holds: ({ ledger, events, state }) => {
      const booked = (kind: string) => sum(ledger.filter((entry) => entry.kind === kind).map(({ amount }) => amount));
      const settled = (...types: ('refundSettled' | 'compensationSettled' | 'payoutSettled')[]) =>
        sum(all(events, ...types).map(({ payment }) => payment.amount));
      const { orderId, merchantId } = state.facts;
      const debits: Record<string, string> = {
        refund: `order_proceeds/${orderId}`,
        compensation: 'advance_compensations',
        claim: `merchant_receivable/${merchantId}`,
        penalty: `merchant_receivable/${merchantId}`,
        payout: 'appeal_payouts',
      };
      return (
        booked('refund') === settled('refundSettled') &&
        booked('compensation') === settled('compensationSettled') &&
        booked('payout') === settled('payoutSettled') &&
        ledger.every(({ kind, debit }) => debit === debits[kind])
      );
    },
  },
  {
    rule: 'REF-5',
    says: 'what was settled by hand is not booked as the provider’s',
    holds: ({ ledger, events }) =>
      all(events, 'refundSettled', 'compensationSettled', 'payoutSettled').every(({ payment, byHand }) =>
        ledger.some(
          ({ movementKey, kind, credit }) =>
            movementKey === payment.key &&
            ['refund', 'compensation', 'payout'].includes(kind) &&
            credit === (byHand ? 'settled_by_hand' : 'payment_provider'),
        ),
      ),
  },
  {
    rule: 'CASE-11',
    says: 'refunded means that the money is there; replaced and closed, that there is none',
    holds: (walk) => {
      const { stage, remedy } = walk.state;
      if (stage.status === 'refunded' || stage.status === 'compensated')
        return remedy.amount === 0 || toConsumer(walk).length === 1;
      return (stage.status !== 'replaced' && stage.status !== 'closed') || toConsumer(walk).length === 0;
    },
  },
  {
    rule: 'REF-4',
    says: 'keys count attempts one by one, each for a purpose of its own',
    holds: ({ payments, state }) => {
      const keys = [...payments.keys()];
      const purposes = ['refund', 'compensation', 'appeal_payout'].map(
        (purpose) => `case/${state.facts.id}/${purpose}`,
      );
      return keys.every((key) => {
        const purpose = purposes.find((one) => key.startsWith(`${one}/`));
        const attempt = keys.filter((one) => purpose && one.startsWith(`${purpose}/`)).indexOf(key) + 1;
        return purpose !== undefined && key === `${purpose}/${attempt}`;
      });
    },
  },
  {
    rule: 'ELIG-5',
    says: 'the reservation ends with the case, once: consumed by a refund, freed without one, held where the goods went back',
    holds: ({ state, events }, { events: news }) => {
      if (news.length === 0) return true;
      const settlements = events.flatMap((event) => caseSettlement(state, event) ?? []);
      const [ending] = settlements;
      if (settlements.length !== (isEnded(state) ? 1 : 0)) return false;
      if (!ending) return true;
      const { stage, remedy } = state;
      if (stage.status === 'refunded' || stage.status === 'compensated')
        return ending.status === 'consumed' && ending.amount === remedy.amount;
      return ending.status === (wentBack(events, state) && stage.status === 'closed' ? 'held' : 'released');
    },
  },
  {
    rule: 'CASE-15',
    says: 'nobody withdraws while the goods are on their way, or argued about where they went back',
    holds: ({ events, state }, { before, events: news }) =>
      all(news, 'caseClosed').every(({ reason }) => {
        const argued = ['intervention_requested', 'awaiting_evidence'].includes(before.stage.status);
        const underWay = ['awaiting_merchant_receipt', 'receipt_refused'].includes(before.stage.status);
        return reason !== 'withdrawn' || !(underWay || (argued && wentBack(events, state)));
      }),
  },
  {
    rule: 'CASE-15, CASE-16',
    says: 'what has ended leaves nothing to propose, to ask or to wait for',
    holds: (_, { after: { stage, intervention, proposal } }) =>
      !['closed', 'refunded', 'compensated', 'replaced'].includes(stage.status) ||
      (proposal === null && intervention?.asked === undefined),
  },
  {
    rule: 'CASE-3, CASE-16',
    says: 'a proposal is not carried on beyond the place where it can be answered',
    holds: (_, { after: { stage, proposal } }) =>
      proposal === null ||
      [
        'pending_merchant_review',
        'application_refused',
        'receipt_refused',
        'intervention_requested',
        'awaiting_evidence',
        'under_adjudication',
      ].includes(stage.status),
  },
  {
    rule: 'CASE-16',
    says: 'a proposal, put or declined, moves no deadline; accepted, the case follows it',
    holds: (_, { before, after, events }) => {
      if (all(events, 'proposed', 'proposalDeclined').length > 0)
        return JSON.stringify(before.stage) === JSON.stringify(after.stage);
      return (
        all(events, 'proposalAccepted').length === 0 ||
        (after.remedy.kind === before.proposal?.kind && after.remedy.amount === before.proposal.amount)
      );
    },
  },
  {
    rule: 'INT-5',
    says: 'an overdue ruling is escalated, never dropped',
    holds: (_, { before, after, events }) =>
      (before.stage.status !== 'under_adjudication' && before.stage.status !== 'under_appeal') ||
      events.every(({ actor }) => actor.role !== 'timer') ||
      before.stage.status === after.stage.status,
  },
  {
    rule: 'INT-6',
    says: 'goods that went back do not travel again',
    holds: ({ events, state }, { after }) =>
      !(wentBack(events, state) && after.stage.status === 'awaiting_buyer_return'),
  },
  {
    rule: 'INT-6',
    says: 'consent, proposal and ruling lead to the remedy: the goods travel first, unless they are back; money by money, goods by goods',
    holds: ({ events, state }, { after, events: news }) => {
      const consent = all(news, 'applicationApproved', 'proposalAccepted', 'receiptConfirmed').length > 0;
      const forConsumer = all(news, 'ruled', 'appealRuled').some(({ ruling }) => ruling.remedy !== undefined);
      if (!consent && !forConsumer) return true;
      const { kind, amount } = after.remedy;
      const back = wentBack(events, state) || all(news, 'receiptConfirmed').length > 0;
      const { status } = after.stage;
      if ((kind === 'return_and_refund' || kind === 'exchange') && !back) return status === 'awaiting_buyer_return';
      if (kind === 'exchange' || kind === 'reship') return status === 'awaiting_replacement';
      if (amount === 0) return status === 'refunded';
      return status === (after.facts.paymentMethod === 'online' ? 'refunding' : 'awaiting_refund_voucher');
    },
  },
  {
    rule: 'INT-5',
    says: 'the remedy is what was applied for, until a proposal or a ruling says otherwise',
    holds: (_, { before, after, events }) => {
      const [word] = all(events, 'ruled', 'appealRuled', 'proposalAccepted');
      const wanted = word && ('ruling' in word ? word.ruling.remedy : word.remedy);
      return JSON.stringify(after.remedy) === JSON.stringify(wanted ?? before.remedy);
    },
  },
  {
    rule: 'CASE-2',
    says: 'whoever must send goods knows where to, or it is being looked up',
    holds: (walk, { after }) =>
      !travelling.includes(after.stage.status) ||
      after.returnAddress !== null ||
      [...walk.pending.values()].some(({ type }) => type === 'resolveReturnAddress'),
  },
  {
    rule: 'CASE-6',
    says: 'a tracking number is given once; corrected, it moves no deadline',
    holds: (_, { before, after, events }) =>
      all(events, 'trackingNumberGiven').every(() => before.stage.status === 'awaiting_buyer_return') &&
      (all(events, 'trackingNumberCorrected').length === 0 ||
        ('deadline' in before.stage &&
          'deadline' in after.stage &&
          JSON.stringify(before.stage.deadline) === JSON.stringify(after.stage.deadline))),
  },
  {
    rule: 'CASE-3',
    says: 'only where the policy has it so does silence leave the case to the consumer',
    holds: (_, { after, events }) => {
      const silence = after.facts.policy.onMerchantSilence;
      return (
        all(events, 'merchantSilent').every(() => silence === 'allow_intervention') &&
        all(events, 'applicationApproved').every(({ automatic }) => !automatic || silence === 'approve')
      );
    },
  },
  {
    rule: 'INT-1',
    says: 'the platform is asked in after a refusal, or after silence that the policy leaves at that',
    holds: (_, { before, events }) =>
      all(events, 'interventionRequested').length === 0 ||
      before.stage.status === 'application_refused' ||
      before.stage.status === 'receipt_refused' ||
      (before.stage.status === 'pending_merchant_review' && before.stage.deadline.kind === 'interventionWindow'),
  },
  {
    rule: 'INT-3',
    says: 'when both have nothing more, and nobody is asked for more, the collecting of evidence ends; not before, but by time',
    holds: (_, { after, events }) =>
      all(events, 'adjudicationBegun').every(
        ({ actor }) => actor.role === 'timer' || after.intervention?.complete.length === 2,
      ) &&
      (all(events, 'evidenceSubmitted').length === 0 ||
        after.stage.status !== 'awaiting_evidence' ||
        after.intervention?.asked !== undefined ||
        after.intervention?.complete.length !== 2),
  },
  {
    rule: 'INT-4',
    says: 'while a party is asked for more the other deadline stands still, then goes on with what it had left',
    holds: ({ events }, { before, after, events: news }) => {
      const [ended] = all(news, 'informationPhaseEnded');
      if (!ended) return true;
      const asked = events.findLastIndex(({ type }) => type === 'informationRequested');
      const [set] = all(events.slice(asked, events.indexOf(ended)), 'interventionAccepted');
      const stage = 'deadline' in before.stage ? before.stage.deadline : undefined;
      const since = set ?? events[asked];
      const remained = left(stage, since?.at ?? 0);
      if (stage === undefined || remained === undefined) return ended.deadline === undefined;
      const resumed = ended.deadline;
      const next = 'deadline' in after.stage ? after.stage.deadline : undefined;
      return (
        resumed?.kind === stage.kind &&
        resumed.at === ended.at + remained &&
        (next?.at === resumed.at || after.stage.status === 'under_adjudication')
      );
    },
  },
  {
    rule: 'INT-7',
    says: 'a request that is taken back leads to where it came from, under the old deadline; where that had passed, to the end',
    holds: (_, { before, after, events, receivedAt }) => {
      const [withdrawn] = all(events, 'interventionWithdrawn');
      const origin = before.intervention?.origin;
      if (!withdrawn || !origin) return withdrawn === undefined;
      const old = 'deadline' in origin ? origin.deadline : undefined;
      if (old && old.at < receivedAt) return after.stage.status === 'closed';
      return JSON.stringify(after.stage) === JSON.stringify(origin);
    },
  },
  {
    rule: 'INT-9',
    says: 'whoever ruled does not decide on the appeal against it',
    holds: (_, { before, events }) =>
      all(events, 'appealRuled', 'merchantAppealRuled').every(({ type, ruling }) => {
        const against = type === 'appealRuled' ? before.intervention?.ruling : before.merchantAppeal?.against;
        return JSON.stringify(against?.agent) !== JSON.stringify(ruling.agent);
      }),
  },
  {
    rule: 'INT-9',
    says: 'a ruling for the merchant is not final before the consumer could appeal; an appeal upheld is',
    holds: (_, { after, events }) => {
      const [ruled] = all(events, 'ruled');
      if (ruled && !ruled.ruling.remedy) return after.stage.status === 'awaiting_appeal';
      const [upheld] = all(events, 'appealRuled').filter(({ ruling }) => !ruling.remedy);
      return !upheld || (after.stage.status === 'closed' && after.stage.reason === 'ruled_for_merchant');
    },
  },
  {
    rule: 'INT-9',
    says: 'a first ruling for the consumer lets the merchant appeal',
    holds: (_, { before, after, events }) => {
      const [ruled] = all(events, 'ruled');
      return !ruled?.ruling.remedy || before.merchantAppeal !== null || after.merchantAppeal?.status === 'open';
    },
  },
  {
    rule: 'POL-5',
    says: 'an extension moves a deadline to a later moment, and nothing else',
    holds: (_, { before, after, events }) => {
      const [extended] = all(events, 'deadlineExtended');
      if (!extended) return true;
      const { deadline, was } = extended;
      return (
        deadline.at > was &&
        before.stage.status === after.stage.status &&
        JSON.stringify(after).includes(`"kind":"${deadline.kind}","from":${deadline.from},"at":${deadline.at}`)
      );
    },
  },
  {
    rule: 'CASE-13',
    says: 'a late voucher is kept after the platform has stepped in, for as long as the policy says',
    holds: ({ events }, { after }) => {
      const { stage, facts, merchantAppeal } = after;
      const steppedIn = ['advance_compensating', 'compensation_failed', 'compensated'].includes(stage.status);
      if (all(events, 'voucherKept').length > 0 && !steppedIn) return false;
      return (
        stage.status !== 'compensated' ||
        merchantAppeal !== null ||
        caseListensUntil(after) === stage.at + lengthOf(facts.policy.lateVoucher)
      );
    },
  },
];

/** Whether the goods are, or were, with the merchant: an agent says so, what arrived was refused, or its receipt was confirmed. */
function wentBack(events: readonly CaseEvent[], { facts }: CaseState): boolean {
  return facts.goodsBack === true || all(events, 'receiptRefused').length > 0;
}
