import type { Actor } from './parties.ts';
import { durationMs } from './policy/duration.ts';
import type { Policy } from './policy/policy.ts';
import type { RefusalCode } from './refusals.ts';

/** Why a command is refused: a stable code, a sentence that says the mend, and the field at fault where there is one. */
export type Refusal = { code: RefusalCode; detail: string; field?: string };

/**
 * What came of a command. A refusal may still carry events (a late voucher is kept). Deferred: whether it stands needs I/O;
 * the effect's result answers it later.
 */
export type Decision<Event> = {
  events: Event[];
  answer: { kind: 'accepted' } | { kind: 'refused'; refusal: Refusal } | { kind: 'deferred' };
};

/**
 * Who commands, and the command's time `at`: `max(last event, min(countsFrom, now))`, UTC ms. `receivedAt` is what that would be by its first
 * receipt, where it counts from a later repeat: what asks whether something was in time goes by it ({@link receiptOf}).
 */
export type Given = { commandId: string; actor: Actor; at: number; receivedAt?: number; expectedVersion?: number };

/** When a command was first received, as far as its subject is concerned, UTC ms. POL-4 */
export const receiptOf = ({ receivedAt, at }: Pick<Given, 'receivedAt' | 'at'>): number => receivedAt ?? at;

/** A command's times, UTC ms: its first receipt, and when it was handed over, where only a repeat of it was. */
export type Received = { receivedAt: number; handedOverAt?: number };

/**
 * From when what a command brings about counts, UTC ms: its first receipt, which also says whether it was in time (POL-4). One that only a
 * much later repeat brought here counts from that repeat: nobody else could know of it before, so that the time which it gives
 * another to act must not be used up by then. What is much is the policy's `outageTolerance`; rules before 3 have no late repeats (0018).
 */
export function countsFrom(
  { receivedAt, handedOverAt = receivedAt }: Received,
  { outageTolerance }: Pick<Policy, 'outageTolerance'>,
  rulesVersion: number,
): number {
  if (rulesVersion < 3) return receivedAt;
  return handedOverAt - receivedAt > durationMs(outageTolerance) ? handedOverAt : receivedAt;
}

export function accept<Event>(...events: Event[]): Decision<Event> {
  return { events, answer: { kind: 'accepted' } };
}

export function defer<Event>(...events: Event[]): Decision<Event> {
  return { events, answer: { kind: 'deferred' } };
}

/** A refusal; `events` for what is kept all the same. */
export function refuse<Event>(
  code: RefusalCode,
  detail: string,
  more: { field?: string; events?: Event[] } = {},
): Decision<Event> {
  const { events = [], field } = more;
  return {
    events,
    answer: { kind: 'refused', refusal: field === undefined ? { code, detail } : { code, detail, field } },
  };
}

/** The refusal of a command that names a version which is no longer current (tricky case 4), if it does. */
export function staleVersion<Event>(current: number, { expectedVersion }: Given): Decision<Event> | undefined {
  if (expectedVersion === undefined || expectedVersion === current) return undefined;
  return refuse(
    'stale_version',
    `this was meant for version ${expectedVersion}, but the current version is ${current}: read it again, then decide`,
  );
}
