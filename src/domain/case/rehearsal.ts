import { type Deadline, deadlineFrom } from '../deadline.ts';
import type { Actor } from '../parties.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type CaseEvent,
  type CaseFacts,
  type CaseStatus,
  type CloseReason,
  caseRulesVersion,
  openedCase,
  type Ruling,
} from './case.ts';
import type { CaseCommands } from './commands.ts';
import { act, type CourseMoney, courseFrom, expire, type Imagined, nextDeadline } from './course.ts';

/** An entry of a case's timeline, `at` in UTC ms: an event without its deadline, under `detail` what it alone has. */
export type Entry = { type: string; at: number; actor: Actor; detail: Record<string, unknown> };

/** What somebody did in a case, and when (UTC ms). */
export type Deed = Imagined & { at: number };

/** Where a case stands at the end of a rehearsal, what was paid on the way (minor units), and which deeds came to nothing. */
export type Rehearsed = {
  status: CaseStatus;
  closeReason?: CloseReason;
  /** When it ended, UTC ms; absent where it has not. */
  endedAt?: number;
  toConsumer: number;
  fromPlatform: number;
  penalty: number;
  refused: { name: Deed['name']; at: number; code: string }[];
};

type Detail<Type extends CaseEvent['type']> = Omit<
  Extract<CaseEvent, { type: Type }>,
  'type' | 'at' | 'actor' | 'rule'
>;

/** The commands that a case's timeline tells of, oldest first: what people did, without what followed of itself. */
export function deedsOf(timeline: readonly Entry[]): Deed[] {
  return timeline.flatMap((entry) => {
    const { at, actor } = entry;
    // what a deadline or the service itself did comes about again where the rules say so
    if (actor.role === 'timer' || actor.role === 'system') return [];
    const command = commandOf(entry);
    return command ? [{ ...command, actor, at }] : [];
  });
}

type Command = { [Name in Deed['name']]: { name: Name; fields: CaseCommands[Name] } }[Deed['name']];

/** The command that brought an event about, where the event leads what its command brought. */
function commandOf({ type, detail: stored }: Entry): Command | undefined {
  const detail = <Type extends CaseEvent['type']>(_: Type) => stored as unknown as Detail<Type>;
  const written = ({ note }: { note?: string }) => (note ? { note } : {});
  switch (type as CaseEvent['type']) {
    case 'applicationApproved': {
      const { returnAddress, ...more } = detail('applicationApproved');
      const address = returnAddress ? { returnAddress } : {};
      return { name: 'merchantDecision', fields: { decision: 'approve', ...address, ...written(more) } };
    }
    case 'applicationRefused': {
      const { refusalCode, evidenceIds, ...more } = detail('applicationRefused');
      return { name: 'merchantDecision', fields: { decision: 'refuse', refusalCode, evidenceIds, ...written(more) } };
    }
    case 'trackingNumberGiven':
    case 'trackingNumberCorrected':
      return { name: 'trackingNumber', fields: detail('trackingNumberGiven').shipment };
    case 'receiptConfirmed':
      return { name: 'receiptConfirmation', fields: { outcome: 'received', ...written(detail('receiptConfirmed')) } };
    case 'receiptRefused': {
      const { refusalCode, evidenceIds, ...more } = detail('receiptRefused');
      const fields = { outcome: 'refused', refusalCode, evidenceIds, ...written(more) } as const;
      return { name: 'receiptConfirmation', fields };
    }
    case 'voucherAccepted':
    case 'voucherKept':
      return { name: 'refundVoucher', fields: detail('voucherAccepted') };
    case 'caseClosed': {
      const { reason, ...more } = detail('caseClosed');
      if (reason === 'withdrawn') return { name: 'withdrawal', fields: written(more) };
      if (reason === 'intervention_declined')
        return { name: 'interventionAudit', fields: { decision: 'decline', ...written(more) } };
      return undefined;
    }
    case 'interventionRequested': {
      const { reason, statement, evidenceIds, enteredBy } = detail('interventionRequested');
      const by = enteredBy ? { enteredBy } : {};
      return { name: 'interventionRequest', fields: { reason, statement, evidenceIds, ...by } };
    }
    case 'interventionWithdrawn':
      return { name: 'interventionWithdrawal', fields: {} };
    case 'interventionAccepted':
      return { name: 'interventionAudit', fields: { decision: 'accept', ...written(detail('interventionAccepted')) } };
    case 'informationRequested': {
      const { from, question } = detail('informationRequested');
      return { name: 'informationRequest', fields: { from, question } };
    }
    case 'evidenceSubmitted':
      return { name: 'evidenceSubmission', fields: detail('evidenceSubmitted') };
    case 'ruled':
      return { name: 'ruling', fields: rulingAgain(detail('ruled').ruling) };
    case 'appealRuled':
    case 'merchantAppealRuled': {
      const { ruling, amount } = detail('merchantAppealRuled') as Partial<Detail<'merchantAppealRuled'>>;
      if (!ruling) return undefined;
      const part = amount !== undefined && amount > 0 ? { refundAmount: amount } : {};
      return { name: 'appealRuling', fields: { ...rulingAgain(ruling), ...part } };
    }
    case 'appealed':
    case 'merchantAppealed': {
      const { statement, evidenceIds } = detail('appealed');
      return { name: 'appeal', fields: { statement, evidenceIds } };
    }
    case 'proposed': {
      const { kind, amount, note } = detail('proposed').proposal;
      return { name: 'proposal', fields: { kind, ...amountOf(kind, amount), note } };
    }
    case 'proposalAccepted':
    case 'proposalDeclined':
      return {
        name: 'proposalResponse',
        fields: { decision: type === 'proposalAccepted' ? 'accept' : 'decline' },
      };
    case 'replacementShipped':
      return { name: 'replacementShipment', fields: detail('replacementShipped').shipment };
    case 'replacementReceived':
      return { name: 'replacementReceipt', fields: {} };
    default:
      // money is paid at once in a rehearsal: what was done about payments that failed has no place in it
      return undefined;
  }
}

const refunds: readonly string[] = ['refund_only', 'return_and_refund'];
const amountOf = (kind: string, amount: number) => (refunds.includes(kind) ? { refundAmount: amount } : {});

function rulingAgain({ favour, remedy, liability, reasons }: Ruling): CaseCommands['ruling'] {
  const named = remedy ? { remedy: remedy.kind, ...amountOf(remedy.kind, remedy.amount) } : {};
  return { favour, ...named, liability, reasons };
}

/**
 * How a case would have gone up to `until` (UTC ms) under another policy, had everybody done what they did when they did it. Deeds
 * that the rules then refuse come to nothing. Time by time as in earnest: a deed at its deadline is in time (POL-3).
 */
export function rehearse(facts: CaseFacts, policy: Policy, deeds: readonly Deed[], until: number): Rehearsed {
  const deadline: Deadline = deadlineFrom(policy, 'merchantDecision', facts.openedAt);
  const actor: Actor = { role: 'consumer', id: facts.consumerId };
  const opened = { type: 'caseOpened', at: facts.openedAt, actor, rule: 'CASE-1', deadline } as const;
  let course = courseFrom(openedCase({ ...opened, facts: { ...facts, policy } }, caseRulesVersion), facts.openedAt);
  const refused: Rehearsed['refused'] = [];
  const waiting = [...deeds];
  for (;;) {
    const [deed] = waiting;
    const next = nextDeadline(course);
    const fires = next && next.at <= until && (!deed || next.at < deed.at) ? next : undefined;
    if (fires) {
      course = expire(course, fires);
      continue;
    }
    if (!deed || deed.at > until) break;
    waiting.shift();
    const outcome = act(course, deed, deed.at);
    if ('refusal' in outcome) refused.push({ name: deed.name, at: deed.at, code: outcome.refusal.code });
    else course = outcome;
  }
  const { stage } = course.state;
  return {
    status: stage.status,
    ...(stage.status === 'closed' ? { closeReason: stage.reason } : {}),
    ...(course.ending?.at === undefined ? {} : { endedAt: course.ending.at }),
    ...sums(course.money),
    refused,
  };
}

function sums(money: readonly CourseMoney[]) {
  const sum = (which: (one: CourseMoney) => boolean) =>
    money.filter(which).reduce((total, { amount }) => total + amount, 0);
  return {
    toConsumer: sum(({ to }) => to === 'consumer'),
    fromPlatform: sum(({ from }) => from === 'platform'),
    penalty: sum(({ kind }) => kind === 'penalty'),
  };
}
