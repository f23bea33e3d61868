import type { Outcome } from '../domain/outcome.ts';
import type { Change } from '../store/changes.ts';
import { type Kind, outcomeOf, type Reads, type Subject } from '../store/queries.ts';
import type { Store } from '../store/store.ts';
import type { Listener } from './changeFeed.ts';

/** What came of a command, and its subject as it then stood; null where a refused application left none. */
export type Answered = { outcome: Outcome; document: Reads[Kind] | null };

/** Somebody waits for a command's outcome. */
export type Waiter = {
  /**
   * The outcome, or undefined when it has not come in time. A repeat's may have been there before anybody waited, so it is looked
   * for at once; a new command's comes on the stream. Before giving up both are looked for.
   */
  answered: (withinMs: number, isRepeat: boolean) => Promise<Answered | undefined>;
  end: () => void;
};

type Waiting = { subject: Subject; tell: (answered: Answered) => void };

const nameOf = ({ kind, id }: Subject) => `${kind}/${id}`;

/**
 * Tells those who wait what came of their commands, as soon as it is written, by listening to the feed.
 * Whenever the stream is opened, everything waited for is read again, since it may have been written meanwhile.
 */
export function outcomeWatch(store: Pick<Store, 'queries'>, onFailure: (error: unknown) => void) {
  const waiting = new Map<string, Waiting>();
  const perSubject = new Map<string, number>();

  const count = (subject: Subject, by: 1 | -1) => {
    const name = nameOf(subject);
    const now = (perSubject.get(name) ?? 0) + by;
    if (now > 0) perSubject.set(name, now);
    else perSubject.delete(name);
  };

  /** Reads whether the outcome is there already. */
  async function look(commandId: string): Promise<Answered | undefined> {
    const one = waiting.get(commandId);
    if (!one) return undefined;
    const { outcome, document } = await store.queries.outcome(one.subject, commandId);
    if (!outcome) return undefined;
    one.tell({ outcome, document });
    return { outcome, document };
  }

  const lastLook = (commandId: string): Promise<Answered | undefined> =>
    look(commandId).catch((error: unknown) => {
      onFailure(error);
      return undefined;
    });

  function onChange(change: Change): void {
    if (change.collection === 'outcomes') {
      if (waiting.has(change.document._id))
        void tellArchived(change.document._id, outcomeOf(change.document)).catch(onFailure);
      return;
    }
    if (change.collection === 'outbox' || change.collection === 'profiles') return;
    for (const outcome of change.document.outcomes)
      waiting.get(outcome.commandId)?.tell({ outcome, document: change.document });
  }

  /** The archive is written last: a subject that has a document has it by now. */
  async function tellArchived(commandId: string, outcome: Outcome): Promise<void> {
    const one = waiting.get(commandId);
    if (one) one.tell({ outcome, document: await store.queries.read(one.subject.kind, one.subject.id) });
  }

  const listener: Listener = {
    onChange,
    onOpen: () => {
      for (const commandId of waiting.keys()) void look(commandId).catch(onFailure);
    },
    onIdle: () => undefined,
  };

  return {
    listener,

    /** How many commands of a subject are waited for in this process. */
    waitingFor: (subject: Subject): number => perSubject.get(nameOf(subject)) ?? 0,

    /** How many commands are waited for in all. */
    size: (): number => waiting.size,

    /** Waits for a command's outcome from now on. One waiter a command. */
    register(commandId: string, subject: Subject): Waiter {
      let tell: (answered: Answered) => void = () => undefined;
      const told = new Promise<Answered>((resolve) => {
        tell = resolve;
      });
      waiting.set(commandId, { subject, tell });
      count(subject, 1);
      return {
        async answered(withinMs, isRepeat) {
          let timer: NodeJS.Timeout | undefined;
          const late = new Promise<undefined>((resolve) => {
            timer = setTimeout(() => resolve(undefined), withinMs);
          });
          // A read that fails leaves the waiting to the stream.
          if (isRepeat) void look(commandId).catch(onFailure);
          try {
            return (await Promise.race([told, late])) ?? (await lastLook(commandId));
          } finally {
            clearTimeout(timer);
          }
        },
        end() {
          if (waiting.delete(commandId)) count(subject, -1);
        },
      };
    },
  };
}
export type OutcomeWatch = ReturnType<typeof outcomeWatch>;
