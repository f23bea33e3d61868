import type { CaseFacts } from '../../domain/case/case.ts';
import type { TimelineDocument } from '../../store/documents.ts';
import { isoTime } from '../schemas.ts';
import type { Statement } from './schema.ts';

/** What a party has said, by the event in which it did: its timeline item has all of it. */
const spoken = {
  applicationApproved: 'approval',
  applicationRefused: 'refusal',
  receiptRefused: 'receipt_refusal',
  receiptConfirmed: 'receipt_confirmation',
  proposed: 'proposal',
  interventionRequested: 'intervention_request',
  evidenceSubmitted: 'evidence_submission',
  appealed: 'appeal',
  merchantAppealed: 'appeal',
  voucherAccepted: 'refund_voucher',
  voucherKept: 'late_refund_voucher',
} as const;

/** The types of timeline items in which parties have their say. */
export const spokenTypes = Object.keys(spoken) as (keyof typeof spoken)[];

/** Those fields of such an item's detail that are a statement. */
type Said = {
  note?: string;
  statement?: string;
  reason?: string;
  refusalCode?: string;
  evidenceIds?: string[];
  proposal?: { note: string };
};

function statementOf({ type, at, detail }: TimelineDocument): Statement {
  const { note, statement, reason, refusalCode, evidenceIds = [], proposal } = detail as Said;
  const text = statement ?? note ?? proposal?.note;
  const code = refusalCode ?? reason;
  return {
    what: spoken[type as keyof typeof spoken],
    at: isoTime(at),
    ...(code ? { code } : {}),
    ...(text ? { text } : {}),
    evidenceIds,
  };
}

/** What each party has said in a case, oldest first, with the files it named; `items` are of the types {@link spokenTypes}. */
export function statementsOf(
  facts: CaseFacts,
  items: TimelineDocument[],
): { consumer: Statement[]; merchant: Statement[] } {
  const { openedAt, reason, description, evidenceIds } = facts;
  const application: Statement = {
    what: 'application',
    at: isoTime(openedAt),
    code: reason,
    text: description,
    evidenceIds,
  };
  const by = (role: 'consumer' | 'merchant') => items.filter(({ actor }) => actor.role === role).map(statementOf);
  return { consumer: [application, ...by('consumer')], merchant: by('merchant') };
}
