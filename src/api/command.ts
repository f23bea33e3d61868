import { createHash } from 'node:crypto';
import { keptThoughRefused } from '../domain/refusals.ts';
import type { Kind, Reads, Subject } from '../store/queries.ts';
import type { Envelope } from '../workflows/messages.ts';
import type { Caller } from './authentication.ts';
import type { Service } from './context.ts';
import { attachEvidence, releaseEvidence } from './evidence/attach.ts';
import { beginWork, type LeaseUse, type Work, workDone, workNotDone } from './leases.ts';
import type { CommandAnswer } from './metrics.ts';
import type { Answered } from './outcomes.ts';
import { orOutcomeUnknown } from './outcomeUnknown.ts';
import { Problem } from './problems.ts';
import type { Answer, Asked } from './route.ts';
import type { HandedOver } from './temporal.ts';

type Document = Reads[Kind];

/** A command on a subject, as its route describes it to {@link obey}. */
export type Command<Found extends Document> = {
  /** The route: the same key on another route is another command. */
  route: string;
  subject: Subject;
  asked: Asked<unknown, unknown>;
  /**
   * What may be judged before anything is handed over: ownership, and what can never become possible. What is shown lags behind
   * what was acknowledged, so everything else is the workflow's to judge.
   */
  judge: (found: Found | null) => void | Promise<void>;
  evidenceIds?: readonly string[];
  /** How an agent's command minds other agents' claims, where it does. */
  lease?: LeaseUse | undefined;
  handOver: (envelope: Envelope, until: number) => Promise<HandedOver>;
  /** What is answered where no workflow takes the command. */
  notRunning: (found: Found | null) => Problem;
  answer: (found: Found | null) => Promise<Answer>;
};

/** The API's share of a deadline's grace: what was received in time is in the workflow's history by then, or nowhere. POL-4 */
const handOverMs = 3_000;
/** How long a caller waits for its outcome before it is told where to ask for it. */
const answerMs = 3_000;
const mostWaiting = 100;
const notKnown = 'whether the command has arrived is not known: repeat it with the same Idempotency-Key';

const nameOf = ({ kind, id }: Subject) => `${kind}/${id}`;

/** Hash of parts that can't run into each other. */
const hash = (...parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** The name under which a command is known everywhere: the same caller, route, subject and key are the same command. */
export const commandIdOf = ({ role, id }: Caller, route: string, subject: string, key: string): string =>
  hash(role, id, route, subject, key).slice(0, 40);

/** The same fields in another order are the same body. */
export function bodyHashOf(body: unknown): string {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256')
    .update(JSON.stringify(body ?? {}, sorted))
    .digest('hex');
}

/** @throws Problem where the key was used before with another body. */
export function assertSameBody(first: { bodyHash: string }, bodyHash: string): void {
  if (first.bodyHash !== bodyHash)
    throw Problem.of(
      'idempotency_key_reused',
      'this Idempotency-Key was used before with another body: take a new one',
    );
}

/**
 * Takes a well-formed command to its workflow and answers what came of it: known already → as before; else ownership, evidence,
 * remembering it, handing it over, and waiting.
 */
export async function obey<Found extends Document>(service: Service, command: Command<Found>): Promise<Answer> {
  const { store } = service;
  const { asked, subject, route } = command;
  const subjectName = nameOf(subject);
  const commandId = commandIdOf(asked.caller, route, subjectName, asked.idempotencyKey);
  const bodyHash = bodyHashOf(asked.body);
  Object.assign(asked.about, { commandId, subject: subjectName });

  const [known, found] = await Promise.all([
    store.commands.find(commandId),
    store.queries.read(subject.kind, subject.id) as Promise<Found | null>,
  ]);
  if (known) {
    assertSameBody(known, bodyHash);
    const before = await store.queries.outcome(subject, commandId);
    if (before.outcome) return answerOf(service, command, { outcome: before.outcome, document: before.document });
  } else {
    await command.judge(found);
    // before anything is taken for it: files, or a claim
    if (service.outcomes.waitingFor(subject) >= mostWaiting) throw tooManyPending(subject);
  }
  // also of a repeat, which may be the first that is handed over: another may have claimed the subject since
  await beginWork(service, workOf(command, commandId), asked.receivedAt);

  await attachEvidence(service, namingOf(command, commandId));
  const { role, id } = asked.caller;
  const { receivedAt } = asked;
  const mine = {
    _id: commandId,
    subject: subjectName,
    bodyHash,
    receivedAt,
    by: { role, id },
    at: new Date(receivedAt),
  };
  const first = known ?? (await store.commands.remember(mine));
  assertSameBody(first, bodyHash);

  const isRepeat = first !== mine;
  const envelope: Envelope = {
    commandId,
    receivedAt: first.receivedAt,
    ...(isRepeat ? { handedOverAt: receivedAt } : {}),
    actor: { role, id },
    ...(asked.expectedVersion === undefined ? {} : { expectedVersion: asked.expectedVersion }),
  };
  const answered = await joined(service, commandId, () => handOverAndWait(service, command, envelope, isRepeat));
  if (answered === 'pending') return { status: 202, body: { commandId }, location: `/v1/commands/${commandId}` };
  return answerOf(service, command, answered);
}

/** The files that a command names: its subject's until it is known to be refused. EVI-5 */
const namingOf = <Found extends Document>(
  { evidenceIds: ids = [], asked, subject }: Command<Found>,
  holder: string,
) => ({
  ids,
  asked,
  subject: nameOf(subject),
  holder,
});

const workOf = <Found extends Document>({ subject, asked, lease }: Command<Found>, commandId: string): Work => ({
  subject: nameOf(subject),
  agent: asked.caller.id,
  command: commandId,
  use: lease,
});

/** Takes back what a command had taken before it was refused. */
async function takeBack<Found extends Document>(
  service: Service,
  command: Command<Found>,
  holder: string,
): Promise<void> {
  await releaseEvidence(service, namingOf(command, holder));
  await workNotDone(service, workOf(command, holder));
}

const tooManyPending = ({ kind, id }: Subject) =>
  Problem.refusal(
    {
      code: 'too_many_pending',
      detail: `more than ${mostWaiting} commands on ${kind}/${id} wait for their outcome`,
    },
    { 'Retry-After': '1' },
  );

/** One hand-over a command at a time: whoever repeats it meanwhile waits for the same outcome. */
function joined(
  { underWay }: Service,
  commandId: string,
  run: () => Promise<Answered | 'pending'>,
): Promise<Answered | 'pending'> {
  const earlier = underWay.get(commandId);
  if (earlier) return earlier;
  const mine = run().finally(() => underWay.delete(commandId));
  underWay.set(commandId, mine);
  return mine;
}

async function handOverAndWait<Found extends Document>(
  service: Service,
  command: Command<Found>,
  envelope: Envelope,
  isRepeat: boolean,
): Promise<Answered | 'pending'> {
  const { subject, asked } = command;
  if (service.outcomes.waitingFor(subject) >= mostWaiting) throw tooManyPending(subject);
  const waiter = service.outcomes.register(envelope.commandId, subject);
  const startedAt = performance.now();
  const told = (answer: CommandAnswer) =>
    service.report.commandAnswered(subject.kind, answer, (performance.now() - startedAt) / 1_000);
  try {
    // Counted from this request's own receipt: a repeat has the first one's time, but no share in its grace any more.
    const handedOver = () => command.handOver(envelope, asked.receivedAt + handOverMs);
    if ((await orOutcomeUnknown(handedOver, notKnown)) === 'not_running') {
      const { outcome, document } = await service.store.queries.outcome(subject, envelope.commandId);
      told(outcome?.state ?? 'not_running');
      if (outcome) return { outcome, document };
      await takeBack(service, command, envelope.commandId);
      throw command.notRunning(document as Found | null);
    }
    const answered = await waiter.answered(answerMs, isRepeat);
    told(answered?.outcome.state ?? 'pending');
    return answered ?? 'pending';
  } catch (error) {
    if (error instanceof Problem && error.code === 'outcome_unknown') told('unknown');
    throw error;
  } finally {
    waiter.end();
  }
}

async function answerOf<Found extends Document>(
  service: Service,
  command: Command<Found>,
  { outcome, document }: Answered,
): Promise<Answer> {
  if (outcome.state === 'refused') {
    if (outcome.code && keptThoughRefused.includes(outcome.code))
      await workNotDone(service, workOf(command, outcome.commandId));
    else await takeBack(service, command, outcome.commandId);
    throw Problem.ofOutcome(outcome);
  }
  await workDone(service, workOf(command, outcome.commandId));
  return command.answer(document as Found | null);
}
