import type proto from '@temporalio/proto';
import { earlierTrySummary, innerSignals } from '../../src/workflows/messages.ts';

/** A command as its workflow has it; what the service sends to its own workflows is none. */
export type HeardCommand = {
  name: string;
  fields: Record<string, unknown>;
  commandId: string;
  receivedAt: number;
  /** Where only a repeat of it was handed over: when. */
  handedOverAt?: number;
  actor: { role: string; id: string };
  expectedVersion?: number;
};

/** That an action is on its way by another subject, or isn't after all (decision 0019). */
export type Announced = { commandId: string } & ({ receivedAt: number } | { isNot: true });

/** What came back from an activity: its value, or nothing, with why. */
export type CameBack = { activity: string; args: unknown[] } & (
  | { ok: true; value: unknown }
  | { ok: false; reason: string }
);

/** What a workflow was told at once: `at` is its clock then, UTC ms. */
export type Turn = {
  at: number;
  commands: HeardCommand[];
  announced: Announced[];
  cameBack: CameBack[];
  timerFired: boolean;
};

/** A run of a workflow: what it began with, whether it goes on where the run before it left off, and all that it was told, in order. */
export type Run = { input: unknown; continued: boolean; turns: Turn[]; ended: boolean };

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type Payloads = proto.temporal.api.common.v1.IPayloads | null | undefined;

const valuesOf = (payloads: Payloads): unknown[] =>
  (payloads?.payloads ?? []).map(({ data }) =>
    data && data.length > 0 ? (JSON.parse(Buffer.from(data).toString('utf8')) as unknown) : undefined,
  );

const summaryOf = ({ userMetadata }: HistoryEvent): unknown => valuesOf({ payloads: [userMetadata?.summary ?? {}] })[0];

/** A timer of a millisecond waits for the rest of what came before a run continues as new: it is nobody's deadline. */
const waitsForMore = ({ startToFireTimeout }: proto.temporal.api.history.v1.ITimerStartedEventAttributes): boolean =>
  Number(startToFireTimeout?.seconds ?? 0) === 0 && (startToFireTimeout?.nanos ?? 0) <= 1_000_000;

/** As the SDK reads a server's time: whole milliseconds, cut off. */
const millisOf = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);

/**
 * A run's history as what it was told turn by turn: what happened before a workflow task that was completed is what that task knew.
 * Tasks that failed or timed out, such as those of a killed worker, have left nothing.
 */
export function runOf(history: proto.temporal.api.history.v1.IHistory): Run {
  const run: Run = { input: undefined, continued: false, turns: [], ended: false };
  const scheduled = new Map<string, { activity: string; args: unknown[] }>();
  const nothing = (): Omit<Turn, 'at'> => ({ commands: [], announced: [], cameBack: [], timerFired: false });
  let next = nothing();
  const waits = new Set<string>();
  let startedAt = 0;
  const back = (id: unknown, how: { ok: true; value: unknown } | { ok: false; reason: string }) => {
    const of = scheduled.get(String(id));
    if (of) next.cameBack.push({ ...of, ...how });
  };
  for (const event of history.events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    const signaled = event.workflowExecutionSignaledEventAttributes;
    const toDo = event.activityTaskScheduledEventAttributes;
    const done = event.activityTaskCompletedEventAttributes;
    const timer = event.timerStartedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (started) {
      [run.input] = valuesOf(started.input);
      // a run begun under the id of one that had ended names none
      run.continued = Boolean(started.continuedExecutionRunId);
    }
    if (signaled) heard(signaled.signalName ?? '', valuesOf(signaled.input), next);
    if (toDo)
      scheduled.set(String(event.eventId), { activity: toDo.activityType?.name ?? '', args: valuesOf(toDo.input) });
    if (done) back(done.scheduledEventId, { ok: true, value: valuesOf(done.result)[0] });
    if (failed) back(failed.scheduledEventId, { ok: false, reason: failed.failure?.message ?? 'no answer' });
    if (timer && (waitsForMore(timer) || summaryOf(event) === earlierTrySummary)) waits.add(String(timer.timerId));
    const fired = event.timerFiredEventAttributes;
    if (fired && !waits.has(String(fired.timerId))) next.timerFired = true;
    if (event.workflowTaskStartedEventAttributes) startedAt = millisOf(event);
    if (event.workflowTaskCompletedEventAttributes) {
      run.turns.push({ at: startedAt, ...next });
      next = nothing();
    }
    if (event.workflowExecutionCompletedEventAttributes) run.ended = true;
  }
  return run;
}

function heard(name: string, [fields, envelope]: unknown[], { commands, announced }: Omit<Turn, 'at'>): void {
  if (name === innerSignals.actionComing) announced.push(fields as Announced);
  const sealed = envelope as Omit<HeardCommand, 'name' | 'fields'> | undefined;
  if (typeof sealed?.commandId !== 'string') return;
  commands.push({ ...sealed, name, fields: (fields ?? {}) as Record<string, unknown> });
}
