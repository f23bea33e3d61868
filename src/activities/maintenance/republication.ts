import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { openedCase } from '../../domain/case/case.ts';
import { needsWorkflow } from '../../domain/listening.ts';
import type { AllocationStore, ApplicationWish, Reservation } from '../../store/allocations.ts';
import type { Batch } from '../../store/batch.ts';
import type { RepublicationCounts, RepublicationScope } from '../../store/documents.ts';
import { type Kind, type Subject, subjectNamed } from '../../store/queries.ts';
import { isStoreUnavailable } from '../../store/reading.ts';
import type { RepublicationStore, Standings } from '../../store/republications.ts';
import type { SubjectStore } from '../../store/subjects.ts';
import { innerSignals, type ShellSettings } from '../../workflows/messages.ts';
import { type Left, takingUpStart } from '../../workflows/starting.ts';
import { changeAllocations, signalIfRunning } from '../allocationChanges.ts';
import { firstBatch, type Opened, type Opening } from '../opening.ts';
import type { CarriedOut, Histories } from './histories.ts';
import { pulse } from './pulse.ts';

/** What republishing needs of the world. */
export type RepublicationDeps = {
  subjects: Pick<SubjectStore, 'repeat' | 'rewrite'>;
  allocations: AllocationStore;
  republications: RepublicationStore;
  standings: Standings;
  histories: Histories;
  client: Client;
  taskQueue: string;
  /** Of workflows that are started to go on from their document. */
  settings: ShellSettings;
  /** What an ended run may still have under way is over after this, ms. */
  lastTryMs: number;
  clock: () => number;
  /** Ends it in order: this worker stops. */
  stopping: AbortSignal;
};

/** Orders come first: what a case was granted is entered in its order's allocation. */
const kinds: readonly Kind[] = ['order', 'case', 'ticket'];
const mostFailed = 100;
const pageSize = 100;

/** The activities that left something in MongoDB. */
const telling = ['persist', 'openCase', 'reserve', 'completeOrder'];

/** Where a job has got to, as its heartbeats say: a worker that takes it over goes on from there. */
type Progress = {
  step: number;
  after?: string;
  counts: RepublicationCounts;
  failed: { subject: string; reason: string }[];
};

/** One republication, from where `progress` says that it has got to. */
function republication(deps: RepublicationDeps, progress: Progress) {
  const { subjects, allocations, standings, histories, client, taskQueue, clock, stopping } = deps;
  /** What a worker that takes over goes on from: the page under way is done again, whole, and counted once. */
  let settled = structuredClone(progress);
  const life = pulse<Progress>(stopping);
  const beat = () => life.beat(settled);

  /** Does again what an activity of a workflow did, where that is missing. */
  async function repeat(
    { activity, args, result, completed }: CarriedOut,
    isRunning: boolean,
  ): Promise<Batch | undefined> {
    if (activity === 'reserve') {
      const [caseId, wish] = args as [string, ApplicationWish];
      const granted = result as Reservation | undefined;
      if (!granted || granted.refusal) return undefined;
      await readmit(wish.application.orderId, caseId, granted.entry);
      return undefined;
    }
    if (activity === 'openCase') {
      const [caseId, { wish, rulesVersion }] = args as [string, Opening];
      const done = result as Opened | undefined;
      if (!done || done.refusal) return undefined;
      await readmit(wish.application.orderId, caseId, done.entry);
      const batch = firstBatch(openedCase(done.opened, rulesVersion), done.opened, done.outcome);
      await subjects.repeat(batch);
      return { ...batch, allocation: [] };
    }
    if (activity === 'completeOrder') {
      if (result === true) await allocations.complete(args[1] as string);
      return undefined;
    }
    // one that has not ended is a running workflow's own business
    if (!completed && isRunning) return undefined;
    // decided on what a newer document had overtaken: it does not stand, and is not repeated
    if (result === 'behind') return undefined;
    const { allocation, ...batch } = args[1] as Batch;
    await changeAllocations(deps, allocation, () => subjects.repeat(batch));
    return args[1] as Batch;
  }

  async function readmit(
    orderId: string,
    caseId: string,
    entry: Parameters<AllocationStore['readmit']>[2],
  ): Promise<void> {
    if (await allocations.readmit(orderId, caseId, entry)) return;
    // the order was delivered after what is stored was backed up
    await histories.runs(`order/${orderId}`).then((runs) => repeatRuns(`order/${orderId}`, runs));
    if (!(await allocations.readmit(orderId, caseId, entry)))
      throw new TypeError(`order ${orderId} has no allocation, and none can be found in its history`);
  }

  /** Repeats all that is known of a subject's runs; answers how many batches that were, and the last document among them. */
  async function repeatRuns(subject: string, runs: Awaited<ReturnType<Histories['runs']>>) {
    let batches = 0;
    let last: NonNullable<Batch['document']> | undefined;
    for (const { runId, isRunning } of runs) {
      for await (const one of histories.carriedOut(subject, runId, telling)) {
        const batch = await repeat(one, isRunning);
        beat();
        if (!batch) continue;
        batches += 1;
        if (batch.document && batch.document.writeSeq >= (last?.writeSeq ?? 0)) last = batch.document;
      }
    }
    return { batches, last };
  }

  async function republishOne(subject: Subject): Promise<void> {
    const { counts } = progress;
    const name = `${subject.kind}/${subject.id}`;
    const runs = await histories.runs(name);
    const { batches, last } = await repeatRuns(name, runs);
    counts.batches += batches;
    if (last) await subjects.rewrite(last);
    if (runs.at(-1)?.isRunning && (await signalIfRunning(client, name, innerSignals.republish))) {
      counts.running += 1;
      return;
    }
    const left = await standings.of(subject);
    if (!left && runs.length === 0) throw new TypeError('neither Temporal nor MongoDB knows it');
    // a refused application leaves no document
    if (!left || left.erasedAt || !needsWorkflow(left.kind, left.state, clock())) {
      counts.ended += 1;
      return;
    }
    const start = takingUpStart(left as Left, deps.settings, { afterMs: deps.lastTryMs }, 'nothing');
    const { type, ...options } = start;
    await client.workflow.start(type, { ...options, taskQueue });
    counts.takenUp += 1;
  }

  async function tried(subject: Subject): Promise<void> {
    try {
      await republishOne(subject);
    } catch (error) {
      if (life.isOver() || isStoreUnavailable(error) || isAway(error)) throw error;
      progress.counts.failed += 1;
      const failed = { subject: `${subject.kind}/${subject.id}`, reason: (error as Error).message };
      if (progress.failed.length < mostFailed) progress.failed.push(failed);
    }
  }

  /** A page of one step: first what Temporal has of each kind, then what only MongoDB has. Answers where the next begins. */
  async function page(step: number, after: string | undefined, scope: RepublicationScope): Promise<string | undefined> {
    const kind = kinds[step % kinds.length] as Kind;
    const orderId = 'orderId' in scope ? scope.orderId : undefined;
    if (step < kinds.length) {
      const running = 'every' in scope && scope.every === 'open';
      const { workflows, next } = await histories.page(kind, running, after, orderId);
      for (const { workflowId } of workflows) {
        const subject = subjectNamed(workflowId);
        if (subject) await tried(subject);
      }
      return next;
    }
    const found = await standings.page(kind, after ?? '', pageSize, orderId);
    for (const { id, state } of found) {
      if (!needsWorkflow(kind, state, clock())) continue;
      const latest = await histories.latest(`${kind}/${id}`);
      if (!latest?.isRunning) await tried({ kind, id });
    }
    return found.length === pageSize ? found.at(-1)?.id : undefined;
  }

  return {
    tried,

    /** Everything of an order, or of the whole service, a page at a time. */
    async everything(scope: RepublicationScope): Promise<void> {
      while (progress.step < 2 * kinds.length) {
        const next = await page(progress.step, progress.after, scope);
        if (next === undefined) {
          progress.step += 1;
          delete progress.after;
        } else progress.after = next;
        settled = structuredClone(progress);
        beat();
      }
    },
  };
}

/** Writes again what subjects' workflows have decided, and has those go on whose workflow is gone. */
export function republishing(deps: RepublicationDeps) {
  const { republications, clock } = deps;
  return {
    /** Carries out a republication that was asked for; begun again it goes on where it was. */
    async republish(id: string): Promise<void> {
      const job = await republications.find(id);
      if (!job || job.doneAt) return;
      const counts = { running: 0, takenUp: 0, ended: 0, failed: 0, batches: 0 };
      const before = Context.current().info.heartbeatDetails as Progress | undefined;
      const progress = before ?? { step: 0, counts, failed: [] };
      const publishing = republication(deps, progress);
      const { scope } = job;
      const subject = 'subject' in scope ? subjectNamed(scope.subject) : undefined;
      if (subject) await publishing.tried(subject);
      else await publishing.everything(scope);
      await republications.finish(id, new Date(clock()), progress.counts, progress.failed);
    },
  };
}

/** Whether Temporal does not answer: the whole activity is tried again then, from where it was. */
function isAway(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return awayCodes.includes(Number(cause?.code ?? code));
}
/** gRPC: deadline exceeded, resource exhausted, unavailable. */
const awayCodes = [4, 8, 14];
