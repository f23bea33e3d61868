import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { runningInCase } from '../domain/case/deadlines.ts';
import type { Deadline } from '../domain/deadline.ts';
import { isConcerned, type OutageExtension, outageExtension } from '../domain/deadlineExtension.ts';
import { runningInOrder } from '../domain/order/deadlines.ts';
import type { Outcome } from '../domain/outcome.ts';
import { runningInTicket } from '../domain/ticket/deadlines.ts';
import {
  type DeadlineExtensionStore,
  type DeadlinePosition,
  deadlineSources,
  type WithDeadline,
} from '../store/deadlineExtensions.ts';
import type { DeadlineExtensionDocument, ExtensionResult } from '../store/documents.ts';
import type { Subject } from '../store/queries.ts';
import type { Envelope } from '../workflows/messages.ts';
import { someAtOnce } from './someAtOnce.ts';

/** What extending everything that runs needs of the world. */
export type ExtendingDeps = {
  extensions: Pick<DeadlineExtensionStore, 'find' | 'finish' | 'withDeadline' | 'resultsOf' | 'enter'>;
  outcomeOf: (subject: Subject, commandId: string) => Promise<Outcome | undefined>;
  client: Pick<Client, 'workflow'>;
  /** UTC ms */
  clock: () => number;
};

/** Where the next page begins; none where all have been seen. */
export type ExtensionPosition = { source: number; after?: DeadlinePosition };

const pageSize = 100;
const atOnce = 20;
/** How long a page waits for its subjects' answers; what is handed over is carried out all the same. */
const answersWithinMs = 15_000;
const askEveryMs = 100;

/** Extends deadlines page by page; a page may be done again, since a subject takes each extension once. POL-5 */
export function extendingDeadlines({ extensions, outcomeOf, client, clock }: ExtendingDeps) {
  async function found(id: string): Promise<DeadlineExtensionDocument> {
    const extension = await extensions.find(id);
    if (!extension) throw new TypeError(`there is no extension ${id}`);
    return extension;
  }

  /** Hands the extension over; false where nothing of the subject runs any more. */
  async function handOver(subject: string, fields: OutageExtension, envelope: Envelope): Promise<boolean> {
    try {
      await client.workflow.getHandle(subject).signal(outageExtension, fields, envelope);
      return true;
    } catch (error) {
      if ((error as Error).name === 'WorkflowNotFoundError') return false;
      throw error;
    }
  }

  async function extendOne(
    one: WithDeadline,
    { _id, request, requestedAt, requestedBy }: DeadlineExtensionDocument,
    until: number,
  ): Promise<ExtensionResult> {
    Context.current().heartbeat();
    const subject = nameOf(one);
    const { merchantId: _whose, ...about } = request;
    const fields: OutageExtension = { ...about, runningSince: requestedAt.toISOString() };
    if (!runningIn(one).some((deadline) => isConcerned(deadline, fields))) return 'not_concerned';
    const commandId = `deadline-extension/${_id}/${subject}`;
    const actor = { role: 'admin' as const, id: requestedBy };
    if (!(await handOver(subject, fields, { commandId, receivedAt: requestedAt.getTime(), actor }))) return 'ended';
    for (;;) {
      const outcome = await outcomeOf({ kind: one.kind, id: one.id }, commandId);
      if (outcome?.code === 'too_many_pending') return 'unanswered';
      if (outcome) return outcome.state === 'accepted' ? 'extended' : 'not_concerned';
      if (clock() > until) return 'unanswered';
      Context.current().heartbeat();
      await delay(askEveryMs);
    }
  }

  return {
    /** Extends what one page has, and answers where the next begins; null after the last. */
    async extendPage(id: string, { source, after }: ExtensionPosition): Promise<ExtensionPosition | null> {
      const extension = await found(id);
      const { merchantId } = extension.request;
      const { found: page, end } = await extensions.withDeadline(source, { limit: pageSize, after, merchantId });
      const known = await extensions.resultsOf(id, page.map(nameOf));
      const open = page.filter((one) => known.get(nameOf(one)) !== 'extended' && known.get(nameOf(one)) !== 'ended');
      const until = clock() + answersWithinMs;
      const results = new Map<string, ExtensionResult>();
      await someAtOnce(open, atOnce, async (one) => {
        results.set(nameOf(one), await extendOne(one, extension, until));
      });
      await extensions.enter(id, results);
      if (end) return { source, after: end };
      return source + 1 < deadlineSources ? { source: source + 1 } : null;
    },

    /** Everything that ran has been seen. */
    finishExtension: (id: string): Promise<void> => extensions.finish(id, new Date(clock())),
  };
}

const nameOf = ({ kind, id }: WithDeadline) => `${kind}/${id}`;

function runningIn(one: WithDeadline): Deadline[] {
  switch (one.kind) {
    case 'case':
      return runningInCase(one.state);
    case 'order':
      return runningInOrder(one.state);
    case 'ticket':
      return runningInTicket(one.state);
    default:
      return one satisfies never;
  }
}
