import { type ActivityDeps, createActivities } from '../../src/activities/activities.ts';
import type { Address } from '../../src/domain/address.ts';
import type { CaseState } from '../../src/domain/case/case.ts';
import {
  cameBack,
  type Gate,
  gateAt,
  letGo,
  type MoneyOrder,
  obeyMoneyOrder,
  openGate,
  whyHeld,
} from '../../src/domain/money/gate.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import type { Money } from '../../src/domain/money/money.ts';
import type { Found, LetGo, ProviderAnswer } from '../../src/domain/money/provider.ts';
import {
  type Allocation,
  complete,
  extend,
  hasOpenCase,
  openAllocation,
  reserve,
  settle,
} from '../../src/domain/order/allocation.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import type { OrderState } from '../../src/domain/order/order.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { TimelineItem } from '../../src/domain/timeline.ts';
import type { Batch } from '../../src/store/batch.ts';
import type { DeadlineExtensionDocument } from '../../src/store/documents.ts';
import { aPolicy } from '../builders.ts';

export type Movement = { key: string; kind: 'refund' | 'payout'; orderId: string; amount: Money };

/** A payment provider in memory: pays once a key, and does as `next` says before that. */
class FakeProvider {
  readonly name = 'sandbox';
  readonly movements: Movement[] = [];
  /** Keys in the order in which they were asked to be paid. */
  readonly asked: string[] = [];
  private readonly declined = new Set<string>();
  /** What the coming calls do instead of paying; `timeout_after` pays and then doesn't say so, `lost_after` is out of reach from then on. */
  readonly next: ('decline' | 'timeout_before' | 'timeout_after' | 'lost_after')[] = [];
  away = false;
  /** While true nothing new can be asked to be paid; what has happened can still be found out. */
  deaf = false;
  private slow: Promise<void> | undefined;
  /** Lets what waits since `slowDown` move. */
  speedUp: () => void = () => undefined;

  /** From now on a payment that has been asked for waits before it moves. */
  slowDown(): void {
    this.slow = new Promise((resolve) => {
      this.speedUp = () => {
        this.slow = undefined;
        resolve();
      };
    });
  }

  /** Nothing of what a test made it do is left for the next one. */
  recover(): void {
    this.next.length = 0;
    this.away = false;
    this.deaf = false;
    this.speedUp();
  }

  find = async (key: string): Promise<Found> => {
    if (this.away) return { outcome: 'unknown', reason: 'away' };
    if (this.declined.has(key)) return { outcome: 'declined', reason: 'refused' };
    return this.movements.some((movement) => movement.key === key)
      ? { outcome: 'done', reference: `ref-${key}`, at: 0 }
      : { outcome: 'none' };
  };

  private pay = async (
    kind: Movement['kind'],
    key: string,
    orderId: string,
    amount: Money,
    mayLeave?: LetGo,
  ): Promise<ProviderAnswer> => {
    if (this.deaf) return { outcome: 'unknown', reason: 'timeout' };
    const found = await this.find(key);
    if (found.outcome !== 'none') return found;
    const held = await mayLeave?.();
    if (held) return held;
    this.asked.push(key);
    const mode = this.next.shift();
    if (mode === undefined) await this.slow;
    if (mode === 'timeout_before') return { outcome: 'unknown', reason: 'timeout' };
    if (mode === 'decline') {
      this.declined.add(key);
      return { outcome: 'declined', reason: 'refused' };
    }
    this.movements.push({ key, kind, orderId, amount });
    this.away = mode === 'lost_after';
    return mode === 'timeout_after' || mode === 'lost_after'
      ? { outcome: 'unknown', reason: 'timeout' }
      : { outcome: 'done', reference: `ref-${key}`, at: 0 };
  };

  refund = (key: string, orderId: string, amount: Money, mayLeave?: LetGo) =>
    this.pay('refund', key, orderId, amount, mayLeave);
  payout = (key: string, orderId: string, _party: string, amount: Money, mayLeave?: LetGo) =>
    this.pay('payout', key, orderId, amount, mayLeave);
}

/** The world outside the workflows, in memory, with our own activities over it. Keyed as the real store is, so repeats show. */
export class World {
  readonly provider = new FakeProvider();
  /** What decides on outgoing money, as the real store keeps it. */
  gate: Gate = openGate;
  readonly allocations = new Map<string, Allocation>();
  readonly documents = new Map<string, NonNullable<Batch['document']>>();
  readonly timelines = new Map<string, TimelineItem[]>();
  readonly outcomes = new Map<string, Outcome>();
  readonly notices: Batch['notices'] = [];
  readonly ledger = new Map<string, LedgerEntry>();
  readonly returnAddresses = new Map<string, Address>();
  /** Files handed on, as [file, from, to]. */
  readonly shared: [id: string, from: string, to: string][] = [];
  /** What admins have asked to be given more time. */
  readonly extensions = new Map<string, DeadlineExtensionDocument>();
  /** How often a courier has begun its round. */
  rounds = 0;
  /** While true every write fails, as with MongoDB away. */
  storeAway = false;
  private readonly watchers = new Set<() => void>();

  /** Resolves once `seen` holds of what has been written; checked after every write. */
  until(seen: () => boolean): Promise<void> {
    if (seen()) return Promise.resolve();
    return new Promise((resolve) => {
      const watch = () => {
        if (!seen()) return;
        this.watchers.delete(watch);
        resolve();
      };
      this.watchers.add(watch);
    });
  }

  /** An admin's order about outgoing money. */
  order(wanted: MoneyOrder): void {
    const obeyed = obeyMoneyOrder(this.gate, { ...wanted, id: 'order', at: Date.now(), by: 'ad-1', reason: 'a test' });
    if ('refusal' in obeyed) throw new Error(obeyed.refusal.detail);
    this.gate = obeyed.gate;
  }

  /** Opens a delivered order for cases. */
  deliver(order: OrderFacts, deliveredAt: number): void {
    this.allocations.set(order.id, openAllocation(order, deliveredAt));
  }

  /** Jobs and couriers that find nothing to do; the fourth round never comes to its end. */
  jobs() {
    return {
      republish: async () => undefined,
      reconcile: async () => undefined,
      deliver: async () => {
        this.rounds += 1;
        for (const watch of this.watchers) watch();
        if (this.rounds > 3) throw new Error('nobody is there');
      },
    };
  }

  activities(client: ActivityDeps['client']) {
    const change = (orderId: string, judge: (allocation: Allocation) => Allocation): Allocation | null => {
      const before = this.allocations.get(orderId);
      if (!before) return null;
      const after = judge(before);
      this.allocations.set(orderId, after);
      return after;
    };
    const reachable = () => {
      if (this.storeAway) throw new Error('the store is away');
    };
    return createActivities({
      provider: this.provider,
      clock: Date.now,
      money: {
        letGo: async (movement, at) => {
          const judged = letGo(this.gate, movement, { token: movement.key, at });
          this.gate = judged.gate;
          return judged.held;
        },
        cameBack: async (key, outcome) => {
          if (outcome === 'done' || outcome === 'declined')
            this.gate = cameBack(this.gate, key, outcome === 'declined');
        },
        whyHeld: async (movement, at) => whyHeld(gateAt(this.gate, at), movement),
      },
      client,
      extensions: {
        find: async (id) => this.extensions.get(id) ?? null,
        finish: async () => undefined,
        withDeadline: async () => ({ found: [] }),
        resultsOf: async () => new Map(),
        enter: async () => undefined,
      },
      policyAt: async () => aPolicy(),
      caseOf: async (caseId) => (this.documents.get(`case/${caseId}`)?.state ?? null) as CaseState | null,
      outcomeOf: async (_, commandId) => {
        reachable();
        return this.outcomes.get(commandId);
      },
      shareEvidence: async (ids, from, to) => void this.shared.push(...ids.map((id) => [id, from, to] as never)),
      returnAddressOf: async (merchantId) => this.returnAddresses.get(merchantId) ?? null,
      allocations: {
        read: async (orderId) => this.allocations.get(orderId) ?? null,
        open: async (order, deliveredAt) => {
          reachable();
          if (!this.allocations.has(order.id)) this.deliver(order, deliveredAt);
        },
        reserve: async (caseId, { application, receivedAt }) => {
          reachable();
          const after = change(application.orderId, (before) => reserve(before, caseId, application, receivedAt));
          const entry = after?.cases[caseId];
          if (!after || !entry) return { refusal: { code: 'order_not_delivered', detail: 'not delivered' } };
          return entry.refusal ? { refusal: entry.refusal } : { order: after.order, entry };
        },
        extend: async (orderId, until) => {
          reachable();
          change(orderId, (before) => extend(before, until));
        },
        settle: async (orderId, settlement) => {
          reachable();
          const after = change(orderId, (before) => settle(before, settlement));
          return { orderWaits: after !== null && after.completionAwaited && !hasOpenCase(after) };
        },
        complete: async (orderId) => {
          reachable();
          return change(orderId, complete)?.completed ?? true;
        },
      },
      subjects: {
        isOvertaken: async ({ collection, id, writeSeq }) => {
          reachable();
          const known = this.documents.get(`${collection.slice(0, -1)}/${id}`);
          return known !== undefined && known.writeSeq > writeSeq; // the same number is the same write here
        },
        write: async (batch) => {
          reachable();
          return this.write(batch);
        },
        readSubject: async ({ kind, id }) => {
          reachable();
          return this.documents.get(`${kind}/${id}`) ?? null;
        },
        readOrder: async (orderId) => {
          const document = this.documents.get(`order/${orderId}`);
          return (document ? { ...document, state: document.state as OrderState } : null) as never;
        },
      },
    });
  }

  private write(batch: Omit<Batch, 'allocation'>): 'behind' | undefined {
    const timeline = this.timelines.get(batch.subject) ?? [];
    for (const item of batch.timeline) timeline[item.seq - 1] ??= item;
    this.timelines.set(batch.subject, timeline);
    this.notices.push(...batch.notices);
    for (const entry of batch.ledger) if (!this.ledger.has(entry.id)) this.ledger.set(entry.id, entry);
    for (const outcome of batch.outcomes) this.outcomes.set(outcome.commandId, outcome);
    const known = this.documents.get(batch.subject);
    if (batch.document && (!known || known.writeSeq < batch.document.writeSeq))
      this.documents.set(batch.subject, batch.document);
    for (const watch of this.watchers) watch();
    return batch.document && known && known.writeSeq > batch.document.writeSeq ? 'behind' : undefined;
  }
}
