import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { type CaseState, isFinal } from '../../domain/case/case.ts';
import { needsWorkflow } from '../../domain/listening.ts';
import type { PaymentProvider } from '../../domain/money/provider.ts';
import { heldTwice } from '../../domain/order/allocation.ts';
import type {
  AllocationDocument,
  DifferenceCode,
  DifferenceDocument,
  LedgerDocument,
  MovementDocument,
  ReconciliationDocument,
} from '../../store/documents.ts';
import { type Kind, subjectNamed } from '../../store/queries.ts';
import { purposeOf, type ReconciliationStore } from '../../store/reconciliations.ts';
import type { Standing, Standings } from '../../store/republications.ts';
import { someAtOnce } from '../someAtOnce.ts';
import type { Histories, Run } from './histories.ts';
import { pulse } from './pulse.ts';

/** What reconciling needs of the world. */
export type ReconciliationDeps = {
  reconciliations: ReconciliationStore;
  standings: Standings;
  histories: Histories;
  provider: Pick<PaymentProvider, 'find' | 'listMovements'>;
  client: Pick<Client, 'workflow'>;
  /** What is younger is in flight, and none of its business, ms. */
  graceMs: number;
  /** What doesn't agree is looked at again after this, before it is reported, ms. */
  againAfterMs: number;
  clock: () => number;
  /** Ends it in order: this worker stops. */
  stopping: AbortSignal;
};

type Found = Omit<DifferenceDocument, '_id' | 'reconciliation' | 'at'> & { about: string };
/** Looks at one thing as it is now; what it finds is looked at again before it is reported. */
type Look = () => Promise<Found[]>;

/** Where it has got to, as its heartbeats say. */
type Progress = { step: number; after?: string; looked: Record<string, number>; notCompared: string[] };

const pageSize = 100;
const atOnce = 10;

/** The steps, each a page at a time. Movements come before the ledger, which is compared with them. */
const steps = [
  'movements',
  'ledger',
  'case',
  'order',
  'ticket',
  'allocations',
  'caseWorkflows',
  'orderWorkflows',
  'ticketWorkflows',
] as const;

const subjectOfKey = (key: string): string | undefined => /^(case|order)\/[^/]+/.exec(key)?.[0];
const republish = (scope: Record<string, string>) => ({
  method: 'POST' as const,
  path: '/v1/republications',
  body: scope,
});

/** One reconciliation, from where `progress` says that it has got to. */
function reconciliation(deps: ReconciliationDeps, job: ReconciliationDocument, progress: Progress) {
  const { reconciliations, standings, histories, provider, client, againAfterMs, clock, stopping } = deps;
  const { _id: id, from, to, askAll } = job;
  /** What a worker that takes over goes on from: the page under way is done again, whole, and counted once. */
  let settled = structuredClone(progress);
  const life = pulse<Progress>(stopping);
  const beat = () => life.beat(settled);

  /** A difference, with its mend: the subject is republished, unless something else is said. */
  function difference(code: DifferenceCode, about: string, detail: string, more: Partial<Found> = {}): Found {
    const subject = more.subject ?? subjectOfKey(about);
    const named = subject ? { subject } : {};
    return {
      code,
      about,
      detail,
      mend: 'republish the subject: what is missing is written again from its history',
      ...(subject && !('mend' in more) ? { call: republish({ subject }) } : {}),
      ...named,
      ...more,
    };
  }

  async function ofMovement({
    key,
    purpose,
    orderId,
    amount,
    currency,
    reference,
  }: MovementDocument): Promise<Found[]> {
    const [entries, moved] = await Promise.all([
      reconciliations.entriesFor(purpose),
      reconciliations.movementsFor(purpose),
    ]);
    const more = { orderId, movementKey: key };
    const mine = entries.filter((one) => one.movementKey === key && one.kind !== 'claim' && one.kind !== 'penalty');
    const found: Found[] = [];
    if (moved.length > 1) {
      const all = moved.map((one) => `${one.key} (${one.reference})`).join(', ');
      const mend = 'the provider moved money more than once for one purpose: have all but one called back there';
      found.push(difference('moved_twice', purpose, `moved as ${all}`, { ...more, mend }));
    }
    const [entry] = mine;
    if (!entry) {
      const owner = subjectOfKey(key);
      const known = owner && (await standings.of(subjectNamed(owner) as NonNullable<ReturnType<typeof subjectNamed>>));
      const detail = `the provider moved ${amount} ${currency} (${reference}), and the ledger has nothing under this key`;
      const mend = known
        ? 'republish the subject: an entry that was lost is written again; found again, nothing of ours asked for it: find out at the provider who did'
        : 'nothing of ours has such a key: find out at the provider who asked for it';
      const call = known ? { call: republish({ subject: owner }) } : {};
      found.push(difference('movement_without_entry', key, detail, { ...more, mend, ...call }));
    } else if (entry.credit !== 'payment_provider') {
      const mend = 'an agent settled by hand what the provider has paid too: have one of the two called back';
      found.push(
        difference('moved_twice', purpose, `${key} was paid by hand, and by the provider (${reference})`, {
          ...more,
          mend,
        }),
      );
    } else if (entry.amount !== amount || entry.currency !== currency || entry.orderId !== orderId) {
      const detail = `the provider moved ${amount} ${currency} for order ${orderId}, the ledger has ${entry.amount} ${entry.currency} for ${entry.orderId}`;
      const mend = 'ask the provider which of the two it has paid; the ledger is only ever added to';
      found.push(difference('amounts_differ', key, detail, { ...more, mend }));
    }
    return found;
  }

  async function ofEntry(entry: LedgerDocument): Promise<Found[]> {
    const { movementKey: key, kind, amount, currency, orderId, debit, credit } = entry;
    const found: Found[] = [];
    const more = { orderId, movementKey: key };
    const entries = await reconciliations.entriesFor(purposeOf(key));
    const claim = entries.find((one) => one.kind === 'claim' && one.movementKey === key);
    if (!Number.isSafeInteger(amount) || amount <= 0 || !debit || !credit || debit === credit) {
      const mend = 'nothing of ours writes such an entry: find out who did; the ledger is only ever added to';
      const detail = `${entry._id} has no two sides or no amount`;
      found.push(difference('ledger_unbalanced', entry._id, detail, { ...more, mend }));
    } else if (kind === 'compensation' && claim?.amount !== amount) {
      const detail = `${entry._id} of ${amount} has a claim of ${claim?.amount ?? 0}`;
      found.push(difference('ledger_unbalanced', entry._id, detail, more));
    }
    const others = entries.filter((one) => one.kind === kind && one.movementKey !== key);
    if (others.length > 0) {
      const all = [entry, ...others].map((one) => one.movementKey).join(', ');
      const mend = 'the ledger has one purpose more than once: look each up at the provider';
      found.push(difference('moved_twice', purposeOf(key), `booked as ${all}`, { ...more, mend }));
    }
    const listed = (await reconciliations.movementsFor(purposeOf(key))).some((one) => one.key === key);
    if (listed) return found;
    const { outcome } = await provider.find(key);
    if (outcome === 'done') return found;
    if (outcome === 'unknown' || outcome === 'pending') throw new ProviderSilent(key);
    const detail = `the ledger has ${amount} ${currency} as moved, and the provider says ${outcome}`;
    const mend = 'ask the provider for this key and amount: it has forgotten it, or never paid';
    found.push(difference('entry_without_movement', key, detail, { ...more, mend }));
    return found;
  }

  async function ofCase({ id: caseId, orderId, state, status }: Standing): Promise<Found[]> {
    const { facts, remedy } = state as CaseState;
    const subject = `case/${caseId}`;
    const [allocation, entries] = await Promise.all([
      reconciliations.allocation(orderId),
      reconciliations.entriesOf(caseId),
    ]);
    const held = allocation?.cases[caseId]?.status;
    const more = { orderId, subject };
    const final = isFinal((state as CaseState).stage.status);
    if (final && held === 'reserved')
      return [
        difference(
          'reserved_by_ended_case',
          subject,
          `the case is ${status}, and its order still reserves for it`,
          more,
        ),
      ];
    if (!final && held !== 'reserved')
      return [
        difference(
          'open_case_holds_nothing',
          subject,
          `the case is ${status}, and its order has it as ${held ?? 'absent'}`,
          more,
        ),
      ];
    const owed = status === 'compensated' || (status === 'refunded' && facts.paymentMethod === 'online');
    const paid = entries.some(({ kind }) => kind === 'refund' || kind === 'compensation');
    if (owed && remedy.amount > 0 && !paid)
      return [
        difference(
          'consumed_without_money',
          subject,
          `the case is ${status}, and the ledger has no payment of it`,
          more,
        ),
      ];
    return [];
  }

  async function ofAllocation(document: AllocationDocument): Promise<Found[]> {
    const { _id: orderId, ...rest } = document;
    const twice = heldTwice({ orderId, ...rest });
    const found: Found[] = [];
    if (twice) {
      const mend = 'look at its cases: end the later one by a ruling, or POST /v1/abandonments where it can’t go on';
      found.push(difference('allocated_twice', `order/${orderId}`, twice, { orderId, mend }));
    }
    const reserved = Object.entries(rest.cases).filter(
      ([, entry]) => entry.status === 'reserved' && entry.at < to.getTime(),
    );
    const known = await standings.ofAll(
      'case',
      reserved.map(([caseId]) => caseId),
    );
    for (const [caseId] of reserved) {
      if (known.has(caseId)) continue;
      const subject = `case/${caseId}`;
      const detail = 'its order reserves for a case that nobody can see';
      found.push(difference('reserved_by_nobody', subject, detail, { orderId, subject }));
    }
    return found;
  }

  /** A subject that is open, and its workflow. */
  async function ofWorkflow(one: Standing, known?: Run): Promise<Found[]> {
    const { kind, status, orderId } = one;
    const subject = `${kind}/${one.id}`;
    const more = { subject, orderId };
    const open = needsWorkflow(kind, one.state, clock());
    const run = known ?? (await histories.latest(subject));
    if (!run?.isRunning) {
      if (!open || one.erasedAt) return [];
      const mend =
        'republish it: it goes on from its document; a case that must not go on is ended by POST /v1/abandonments';
      return [
        difference('open_without_workflow', subject, `it is ${status}, and no workflow runs for it`, {
          ...more,
          mend,
          call: republish({ subject }),
        }),
      ];
    }
    if (run.failing) {
      const otherwise =
        kind === 'case'
          ? 'a case that can never go on is ended by POST /v1/abandonments'
          : `where the ${kind} can never go on so, terminate its workflow in the Temporal UI and republish it: it goes on from its document`;
      const mend = `its task fails again and again: look at the failure in the Temporal UI and roll back what was rolled out; ${otherwise}`;
      const call =
        kind === 'case'
          ? { call: { method: 'POST' as const, path: '/v1/abandonments', body: { subject, reason: '…' } } }
          : {};
      return [difference('workflow_failing', subject, 'its workflow can’t go on', { ...more, mend, ...call })];
    }
    if (!open)
      return [
        difference('document_final_workflow_runs', subject, `it is ${status} and over, and its workflow runs on`, more),
      ];
    if (!askAll && one.updatedAt < from) return [];
    const at = await progressOf(subject);
    if (!at) return [];
    if (at.writeSeq > one.writeSeq)
      return [
        difference('document_behind_workflow', subject, `written ${one.writeSeq} times, decided ${at.writeSeq}`, more),
      ];
    if (at.writeSeq < one.writeSeq)
      return [
        difference(
          'document_ahead_of_workflow',
          subject,
          `written ${one.writeSeq} times, while its workflow knows of ${at.writeSeq}: Temporal was restored from an older backup`,
          more,
        ),
      ];
    return at.version === one.version && at.status === status
      ? []
      : [
          difference(
            'document_differs',
            subject,
            `it shows ${status} (${one.version}), its workflow has ${at.status} (${at.version})`,
            more,
          ),
        ];
  }

  /** How far a workflow has got; undefined where that can’t be asked now, as where no worker answers: other alerts tell of that. */
  async function progressOf(subject: string) {
    try {
      return await client.workflow
        .getHandle(subject)
        .query<{ writeSeq: number; version: number; status: string } | undefined>('progress');
    } catch (error) {
      note(`${subject} could not be asked how far it has got: ${reasonOf(error)}`);
      return undefined;
    }
  }

  function note(what: string): void {
    if (progress.notCompared.length < 100 && !progress.notCompared.includes(what)) progress.notCompared.push(what);
  }

  /** Looks at a page's things, some at once; what doesn't agree is looked at again, and reported if it still doesn't. */
  async function lookAt(what: string, looks: Look[]): Promise<void> {
    progress.looked[what] = (progress.looked[what] ?? 0) + looks.length;
    const odd: Look[] = [];
    await someAtOnce(looks, atOnce, async (look) => {
      if ((await looked(look)).length > 0) odd.push(look);
      beat();
    });
    if (odd.length === 0) return;
    beat();
    await life.wait(againAfterMs);
    for (const look of odd) {
      beat();
      const found = (await looked(look)).map(({ about, ...rest }) => ({
        _id: `${id}/${rest.code}/${about}`,
        reconciliation: id,
        at: new Date(clock()),
        ...rest,
      }));
      await reconciliations.report(found);
    }
  }

  async function looked(look: Look): Promise<Found[]> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ProviderSilent)) throw error;
      note(`the provider did not say what it knows of ${error.message}`);
      return [];
    }
  }

  /** A subject as it is by now, since it is looked at again. */
  const now = (one: Standing) => standings.of(one).then((found) => found ?? one);

  async function page(step: number, after = ''): Promise<string | undefined> {
    const what = steps[step] as (typeof steps)[number];
    switch (what) {
      case 'movements': {
        if (!provider.listMovements) {
          note('the provider lists no movements: what it moved without an entry in the ledger can’t be found');
          return undefined;
        }
        const period = { from: from.getTime(), to: to.getTime() };
        const { movements, next } = await provider.listMovements(period, after || undefined);
        const kept = await reconciliations.keepMovements(movements, new Date(clock()));
        await lookAt(
          what,
          kept.map((one) => () => ofMovement(one)),
        );
        return next;
      }
      case 'ledger': {
        const entries = await reconciliations.entriesMoved({ from, to }, after, pageSize);
        await lookAt(
          what,
          entries.map((one) => () => ofEntry(one)),
        );
        return entries.length === pageSize ? entries.at(-1)?._id : undefined;
      }
      case 'case':
      case 'order':
      case 'ticket': {
        const found = await standings.page(what, after, pageSize);
        const mine = found.filter(
          (one) => one.updatedAt <= to && (one.updatedAt >= from || needsWorkflow(what, one.state, clock())),
        );
        const ofOne = async (one: Standing) => [
          ...(what === 'case' ? await ofCase(one) : []),
          ...(needsWorkflow(what, one.state, clock()) ? await ofWorkflow(one) : []),
        ];
        await lookAt(
          what,
          mine.map((one) => async () => ofOne(await now(one))),
        );
        return found.length === pageSize ? found.at(-1)?.id : undefined;
      }
      case 'allocations': {
        const found = await reconciliations.openAllocations(after, pageSize);
        await lookAt(
          what,
          found.map((one) => async () => ofAllocation((await reconciliations.allocation(one._id)) ?? one)),
        );
        return found.length === pageSize ? found.at(-1)?._id : undefined;
      }
      default:
        return workflowsOf(what.replace('Workflows', '') as Kind, what, after);
    }
  }

  /** Workflows that run without a document, or after its end. */
  async function workflowsOf(kind: Kind, what: string, after: string): Promise<string | undefined> {
    const { workflows, next } = await histories.page(kind, true, after || undefined);
    const running = workflows.filter(({ startedAt }) => startedAt <= to.getTime());
    const ids = running.flatMap(({ workflowId }) => subjectNamed(workflowId)?.id ?? []);
    const known = await standings.ofAll(kind, ids);
    const odd = ids.filter((one) => {
      const found = known.get(one);
      return !found || !needsWorkflow(kind, found.state, clock());
    });
    progress.looked[what] = (progress.looked[what] ?? 0) + ids.length - odd.length;
    const ofOne = async (one: string): Promise<Found[]> => {
      const subject = `${kind}/${one}`;
      const [found, run] = await Promise.all([standings.of({ kind, id: one }), histories.latest(subject)]);
      if (!run?.isRunning) return [];
      if (found) return ofWorkflow(found, run);
      return [
        difference('workflow_without_document', subject, 'its workflow runs, and nobody can see it', { subject }),
      ];
    };
    await lookAt(
      what,
      odd.map((one) => () => ofOne(one)),
    );
    return next;
  }

  return async (): Promise<void> => {
    while (progress.step < steps.length) {
      const next = await page(progress.step, progress.after);
      if (next === undefined) {
        progress.step += 1;
        delete progress.after;
      } else progress.after = next;
      settled = structuredClone(progress);
      beat();
    }
  };
}

/** The provider can't say now what it knows of a key: no difference, but not compared either. */
class ProviderSilent extends Error {
  override readonly name = 'ProviderSilent';
}

/** The client says what it was at; what was in the way is the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

const day = 86_400_000;

/** Compares all books of money and of cases, and says what doesn't agree and how it is mended. */
export function reconciling(deps: ReconciliationDeps) {
  const { reconciliations, graceMs, clock } = deps;

  /** The daily one begins where the last ended, a day earlier: what was in flight then is looked at once more. */
  async function daily(id: string): Promise<ReconciliationDocument> {
    const last = await reconciliations.last();
    return reconciliations.begin({
      _id: id,
      requestedBy: { role: 'system' },
      requestedAt: new Date(clock()),
      from: new Date(last ? last.to.getTime() - day : 0),
      to: new Date(clock() - graceMs),
      askAll: false,
    });
  }

  return {
    /** Carries out a reconciliation that was asked for, or the daily one; begun again it goes on where it was. */
    async reconcile(id: string): Promise<void> {
      const job = (await reconciliations.find(id)) ?? (await daily(id));
      if (job.doneAt) return;
      const before = Context.current().info.heartbeatDetails as Progress | undefined;
      const progress = before ?? { step: 0, looked: {}, notCompared: [] };
      await reconciliation(deps, job, progress)();
      await reconciliations.finish(id, new Date(clock()), progress.looked, progress.notCompared);
    },
  };
}
