import type { CaseCommands } from '../../src/domain/case/commands.ts';
import { anAddress } from '../builders.ts';
import { evidenceId } from '../domain/caseStories.ts';
import type { CaseWalker } from './caseWalker.ts';

type Line<Name extends keyof CaseCommands = keyof CaseCommands> = {
  by: 'consumer' | 'merchant' | 'agent';
  says: Name;
  fields: CaseCommands[Name];
  /** Another of the same role than the first. */
  another?: true;
};

const refused: Line[] = [
  { by: 'merchant', says: 'merchantDecision', fields: { decision: 'refuse', refusalCode: 'agreed_otherwise' } },
];
const disputed: Line[] = [
  {
    by: 'consumer',
    says: 'interventionRequest',
    fields: { reason: 'other', statement: '商家不讲理', evidenceIds: [] },
  },
  { by: 'agent', says: 'interventionAudit', fields: { decision: 'accept' } },
];
const heard: Line[] = (['consumer', 'merchant'] as const).map((by) => ({
  by,
  says: 'evidenceSubmission',
  fields: { evidenceIds: [], complete: true },
}));
const ruled = (fields: Pick<CaseCommands['ruling'], 'favour' | 'remedy'>): Line => ({
  by: 'agent',
  says: 'ruling',
  fields: { ...fields, liability: 'both', reasons: '证据充分' },
});
const appealed = (by: 'consumer' | 'merchant'): Line => ({
  by,
  says: 'appeal',
  fields: { statement: '不服', evidenceIds: [] },
});
const returned: Line[] = [
  { by: 'merchant', says: 'merchantDecision', fields: { decision: 'approve', returnAddress: anAddress } },
  { by: 'consumer', says: 'trackingNumber', fields: { carrier: 'SF', trackingNumber: 'SF1' } },
];
const notTaken: Line = {
  by: 'merchant',
  says: 'receiptConfirmation',
  fields: { outcome: 'refused', refusalCode: 'empty_parcel', evidenceIds: [evidenceId] },
};

/** How far a case has come before anything may happen: places that a walk from the opening on seldom comes to. */
const preludes = {
  'just opened': [],
  refused,
  'agreed on a cent': [
    { by: 'merchant', says: 'proposal', fields: { kind: 'refund_only', refundAmount: 1, note: '补偿一分' } },
    { by: 'consumer', says: 'proposalResponse', fields: { decision: 'accept' } },
  ],
  disputed: [...refused, ...disputed],
  'both heard': [...refused, ...disputed, ...heard],
  lost: [...refused, ...disputed, ...heard, ruled({ favour: 'merchant' })],
  appealed: [...refused, ...disputed, ...heard, ruled({ favour: 'merchant' }), appealed('consumer')],
  won: [...refused, ...disputed, ...heard, ruled({ favour: 'consumer', remedy: 'return_and_refund' })],
  'the merchant appealed': [
    ...refused,
    ...disputed,
    ...heard,
    ruled({ favour: 'consumer', remedy: 'return_and_refund' }),
    appealed('merchant'),
  ],
  'the merchant won': [
    ...refused,
    ...disputed,
    ...heard,
    ruled({ favour: 'consumer', remedy: 'return_and_refund' }),
    appealed('merchant'),
    { ...ruled({ favour: 'merchant' }), says: 'appealRuling', another: true },
    ...returned.slice(1),
    notTaken,
  ],
  'sent back': returned,
  'not taken': [...returned, notTaken],
  'not taken, disputed': [...returned, notTaken, ...disputed, ...heard],
} satisfies Record<string, Line[]>;

export type Prelude = keyof typeof preludes;
export const preludeNames = Object.keys(preludes) as Prelude[];

/** Plays a prelude, as far as the case goes along. */
export function play(prelude: Prelude, walker: CaseWalker): void {
  const lines: Line[] = preludes[prelude];
  for (const { by, says, fields, another } of lines)
    walker.say(says, { role: by, id: `${by}-${another ? 2 : 1}` }, fields);
}
