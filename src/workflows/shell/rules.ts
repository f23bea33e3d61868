import type { Address } from '../../domain/address.ts';
import type { Deadline, ShownDeadline } from '../../domain/deadline.ts';
import type { Decision, Given } from '../../domain/decision.ts';
import type { ActedForConsumer, Awaited, Effect } from '../../domain/effects.ts';
import type { LedgerEntry } from '../../domain/money/ledger.ts';
import type { Found, ProviderAnswer } from '../../domain/money/provider.ts';
import type { Notice } from '../../domain/notice.ts';
import type { AllocationChange } from '../../domain/order/allocation.ts';
import type { Actor } from '../../domain/parties.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { RefusalCode } from '../../domain/refusals.ts';
import type { ListedFields } from '../../store/batch.ts';
import type { SearchAttributeName } from '../starting.ts';

/** What any event of a subject has. */
export type AnyEvent = { type: string; at: number; actor: Actor; rule: string };
/** What any state of a subject has; times in UTC ms. */
export type AnyState = { rulesVersion: number; version: number; updatedAt: number };

/** What came back from an effect. */
export type EffectResult =
  | { type: 'pay'; answer: ProviderAnswer }
  | { type: 'checkPayment'; found: Found }
  | { type: 'resolveReturnAddress'; address: Address | null }
  | { type: 'completeOrder' }
  | { type: 'actForConsumer'; acted: ActedForConsumer };

/** A subject's rules as the shell needs them: the domain's functions under one set of names. The shell itself knows no rule. */
export type Rules<State extends AnyState, Event extends AnyEvent> = {
  subject: string;
  kind: 'case' | 'order' | 'ticket';
  collection: 'cases' | 'orders' | 'tickets';
  id: string;
  /** The commands, each with what an operator reads about it in the Temporal UI. */
  commands: Record<string, string>;
  /** The newest version of the rules that this code knows. */
  newestRules: number;
  decide: (state: State, name: string, fields: Record<string, unknown>, by: Given) => Decision<Event>;
  evolve: (state: State, event: Event) => State;
  evolveAll: (state: State, events: Event[]) => State;
  deadlines: (state: State) => ShownDeadline[];
  /** Events that leave what a held command is about as it was, whatever version comes of them. */
  besides: readonly string[];
  expire: (state: State, passed: Deadline, due: number, now: number) => Event[];
  effects: (state: State, event: Event) => Effect[];
  /** What a state says is still to be carried out, where nothing but the state is left. */
  awaited: (state: State) => Awaited[];
  takeResult: (state: State, effect: Effect, result: EffectResult, at: number) => Decision<Event>;
  bookings: (state: State, event: Event) => LedgerEntry[];
  allocationChanges: (state: State, event: Event) => AllocationChange[];
  notices: (state: State, leading: Event) => Notice[];
  policyOf: (state: State) => Pick<Policy, 'reminders' | 'outageTolerance'>;
  /** What is entered on the timeline of a reminder that was sent at `at`, UTC ms. TELL-1 */
  reminded: (about: ShownDeadline, at: number) => Event;
  /** What is entered on the timeline of a signal sent by hand that was refused. */
  signalRefused: (refused: { signal: string; code: RefusalCode; detail: string; at: number; actor: Actor }) => Event;
  status: (state: State) => string;
  listed: (state: State) => ListedFields;
  searchAttributes: (state: State) => Partial<Record<SearchAttributeName, string | Date | null>>;
  /** Markdown for the operator: who must act, by when, and what happens then. */
  details: (state: State) => string;
  /** Until when something that concerns the ended subject can still arrive, UTC ms; undefined while it hasn't ended. */
  listensUntil: (state: State) => number | undefined;
};
