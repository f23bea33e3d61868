import {
  type CaseEvent,
  type CaseFacts,
  type CaseOpened,
  type CaseState,
  caseRulesVersion,
  evolve,
  evolveAll,
  isFinal,
  openedCase,
} from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { caseDeadlines, caseListensUntil, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase, fixReturnAddress, rolesFor } from '../../src/domain/case/decide.ts';
import { caseBookings, caseEffects } from '../../src/domain/case/effects.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../../src/domain/case/payment.ts';
import { accept } from '../../src/domain/decision.ts';
import { type Role, system } from '../../src/domain/parties.ts';
import { reminded, signalRefused } from '../../src/workflows/shell/entries.ts';
import { anAddress } from '../builders.ts';
import { caseActions } from '../domain/validCommands.ts';
import { caseCommandNames, caseFields, caseMisfit } from './caseCommands.ts';
import { caseInvariants } from './caseInvariants.ts';
import type { Coverage } from './coverage.ts';
import type { FickleProvider } from './fickleProvider.ts';
import { verify } from './invariants.ts';
import { policyInWords } from './policies.ts';
import type { Story } from './story.ts';
import { type Subject, Walker } from './walker.ts';

const nameOf = Object.fromEntries(caseCommandNames.map((name) => [caseActions[name], name]));

export type CaseWalker = Walker<CaseState, CaseEvent>;

const silent: readonly CaseEvent['type'][] = ['signalRefused', 'voucherKept', 'manualSettlementRefused', 'reminded'];

/** A ruling that ends what only an agent can end, by one who has ruled on nothing yet. INT-5, INT-9 */
const lastWord = (command: CaseCommandName) => ({
  command,
  fields: { favour: 'merchant', liability: 'consumer', reasons: '证据不足' },
  actor: { role: 'agent', id: `senior, ${command}` } as const,
});

const caseSubject = (opened: CaseState): Subject<CaseState, CaseEvent> => ({
  opened,
  commands: caseCommandNames,
  seldom: ['withdrawal', 'interventionWithdrawal', 'proposal', 'deadlineExtension'],
  decide: (state, name, fields, by) =>
    decideCase(state, name as CaseCommandName, fields as CaseCommands[CaseCommandName], by),
  evolve,
  evolveAll,
  deadlines: caseDeadlines,
  expire: expireCaseDeadline,
  effects: caseEffects,
  bookings: caseBookings,
  takeResult: (state, effect, result, at) => {
    if (result.type === 'pay') return accept(...takePaymentAnswer(state, effect.key, result.answer, at));
    if (result.type === 'checkPayment') return takeSettlementCheck(state, effect.key, result.found, at);
    if (result.type !== 'resolveReturnAddress') return accept();
    return accept(...fixReturnAddress(state, result.address, { actor: system, at }));
  },
  reminded,
  signalRefused,
  status: ({ stage }) => stage.status,
  listensUntil: caseListensUntil,
  policyOf: ({ facts }) => facts.policy,
  isFinal: ({ stage }) => isFinal(stage.status),
  isSilent: ({ type }) => silent.includes(type),
  rolesFor: (name) => rolesFor(name as CaseCommandName),
  offers: (state, { role, id }) => availableActions(state, role, id).map((action) => nameOf[action] ?? action),
  fields: (state, name, variant, odd) => caseFields(state, name as CaseCommandName, variant, odd),
  answerDue: (state, name, fields, by) => {
    const asked: readonly Role[] =
      by.actor.role === 'operator' ? rolesFor(name as CaseCommandName) : [by.actor.role as Role];
    const onOffer = asked.some((role) => availableActions(state, role).includes(caseActions[name as CaseCommandName]));
    return onOffer ? (caseMisfit(state, name, fields, by) ?? 'accepted') : 'refused';
  },
  mends: (state) => {
    const open = availableActions(state, 'agent');
    if (open.includes('refund-retry'))
      return { command: 'refundRetry', fields: {}, actor: { role: 'agent', id: 'agent-1' } };
    if (caseDeadlines(state).length > 0) return undefined;
    if (open.includes('appeal-ruling')) return lastWord('appealRuling');
    return open.includes('ruling') ? lastWord('ruling') : undefined;
  },
  resultOf: (_, mood) => ({ type: 'resolveReturnAddress', address: mood % 2 === 0 ? anAddress : null }),
  verify: (walker, change) => verify(caseInvariants, walker, change),
});

/** A case that walks from its opening on; it becomes known at `now`, UTC ms. */
export function walkCase(
  opened: CaseOpened,
  now: number,
  shared: { provider: FickleProvider; story: Story; coverage: Coverage },
): CaseWalker {
  shared.story.add(opened.at, () => inWords(opened.facts));
  return new Walker(caseSubject(openedCase(opened, caseRulesVersion)), now, shared);
}

function inWords({ id, kind, reason, paymentMethod, refundAmount, goodsBack, policy }: CaseFacts): string {
  const back = goodsBack ? ', the goods at the merchant' : '';
  return `case ${id} is opened: ${kind}, ${reason}, ${paymentMethod}, ${refundAmount}${back}, under ${policyInWords(policy)}`;
}
