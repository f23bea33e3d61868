import { isDeepStrictEqual } from 'node:util';
import type { Application } from '../../src/domain/case/commands.ts';
import { openCase } from '../../src/domain/case/decide.ts';
import { caseSettlement } from '../../src/domain/case/effects.ts';
import {
  type Allocation,
  complete,
  extend,
  openAllocation,
  reserve,
  type Settlement,
  settle,
} from '../../src/domain/order/allocation.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import { returnOptions } from '../../src/domain/order/returnOptions.ts';
import { hours } from '../builders.ts';
import { type CaseWalker, walkCase } from './caseWalker.ts';
import { type Coverage, note } from './coverage.ts';
import { FickleProvider } from './fickleProvider.ts';
import { verify } from './invariants.ts';
import { judgements, kept, shown } from './marketplaceInvariants.ts';
import type { MarketStep } from './marketplaceSteps.ts';
import { lengthOf, policyInWords } from './policies.ts';
import { type Prelude, play } from './preludes.ts';
import { Story } from './story.ts';

/** A change of the allocation that is on its way: what it was judged on may have been replaced when it is written. */
type Operation = (
  | {
      type: 'reserve';
      caseId: string;
      application: Application;
      receivedAt: number;
      byAgent: boolean;
      prelude: Prelude;
    }
  | { type: 'settle'; settlement: Settlement }
  | { type: 'extend'; until: number }
  | { type: 'complete' }
) & { read?: Allocation };

/** Where the units of a case are: in it, gone for money, free again, or left at the merchant. */
export type Whereabouts = {
  in: 'open' | 'refunded' | 'free' | 'left';
  units: Record<string, number>;
  ever: Record<string, number>;
};

/** One delivered order with several cases at once, whose reservations and endings reach its allocation late, twice and in any order. */
export class MarketplaceWalker {
  readonly order: OrderFacts;
  readonly deliveredAt: number;
  readonly story: Story;
  readonly coverage: Coverage;
  readonly provider = new FickleProvider();
  readonly cases = new Map<string, CaseWalker>();
  /** Where the units are, as the walk has seen it: the allocation has no hand in it. */
  readonly whereabouts = new Map<string, Whereabouts>();
  allocation: Allocation;
  now: number;
  private operations: Operation[] = [];
  private readonly written: Operation[] = [];
  private readonly eventsSeen = new Map<string, number>();
  private applications = 0;

  constructor(order: OrderFacts, coverage: Coverage) {
    this.order = order;
    this.deliveredAt = order.placedAt + hours(1);
    this.now = this.deliveredAt;
    this.coverage = coverage;
    this.story = new Story(this.deliveredAt);
    this.allocation = openAllocation(order, this.deliveredAt);
    const lines = order.lines.map(
      ({ lineId, quantity, unitPrice, discount }) => `${quantity} of ${lineId} at ${unitPrice} less ${discount}`,
    );
    this.story.add(
      this.now,
      () => `an order of ${lines.join(', ')} is delivered, under ${policyInWords(order.policy)}`,
    );
  }

  step(step: MarketStep): void {
    this.coverage.steps += 1;
    const walker = [...this.cases.values()][step.pick % Math.max(1, this.cases.size)];
    this.advanceTo(this.timeOf(step, walker));
    switch (step.does) {
      case 'apply':
        return this.apply(step);
      case 'read':
        return this.read(step.pick);
      case 'write':
        return this.write(step.pick);
      case 'repeat':
        return this.repeat(step.pick);
      case 'look':
        return this.look();
      case 'extend':
        this.operations.push({ type: 'extend', until: this.now + hours(step.pick) });
        return undefined;
      case 'complete':
        this.operations.push({ type: 'complete' });
        return undefined;
      case 'case':
        walker?.step({ ...step.step, moment: 'at once' });
        return this.gatherEndings();
      default:
        return step.does satisfies never;
    }
  }

  private timeOf({ does, step, moment }: MarketStep, walker: CaseWalker | undefined): number {
    if (does === 'case' && walker) return Math.max(this.now, walker.timeOf(step.moment));
    if (moment === 'at once') return this.now;
    if (moment === 'an hour later') return this.now + hours(1);
    const { afterSalesPeriod, noReasonWindow } = this.order.policy;
    const window = moment.startsWith('the period') ? afterSalesPeriod : noReasonWindow;
    const end = this.deliveredAt + lengthOf(window);
    return Math.max(this.now, moment.endsWith('just over') ? end + 1 : end);
  }

  private advanceTo(until: number): void {
    this.now = Math.max(this.now, until);
    for (const walker of this.cases.values()) walker.advanceTo(this.now);
    this.gatherEndings();
  }

  private apply({ wish, lines, by, prelude, pick }: MarketStep): void {
    // an agent mostly asks for what was left at the merchant (ELIG-6)
    const left = by === 'agent' && pick % 4 > 0 ? this.leftAtMerchant() : undefined;
    const wanted = this.order.lines.flatMap(({ lineId }, index) => {
      const quantity = Math.min(lines[index] ?? 0, left?.[lineId] ?? Number.POSITIVE_INFINITY);
      return quantity > 0 ? [{ lineId, quantity }] : [];
    });
    if (wanted.length === 0) return;
    this.applications += 1;
    const caseId = `k${this.applications}`;
    const said = by === 'agent' && pick % 3 > 0 ? { goodsAtMerchant: left !== undefined } : {};
    const application: Application = { orderId: this.order.id, ...wish, lines: wanted, description: '有问题', ...said };
    this.operations.push({
      type: 'reserve',
      caseId,
      application,
      receivedAt: this.now,
      byAgent: by === 'agent',
      prelude,
    });
    this.story.add(
      this.now,
      () => `the ${by} applies as ${caseId}: ${wish.kind}, ${wish.reason}, ${JSON.stringify(wanted)}`,
    );
  }

  /** How many units of each line are at the merchant, where there are any. */
  private leftAtMerchant(): Record<string, number> | undefined {
    const left: Record<string, number> = {};
    for (const place of this.whereabouts.values()) {
      if (place.in !== 'left') continue;
      for (const [lineId, quantity] of Object.entries(place.units)) left[lineId] = (left[lineId] ?? 0) + quantity;
    }
    return Object.values(left).some((quantity) => quantity > 0) ? left : undefined;
  }

  /** An operation reads what it will be judged on; another may write in between. */
  private read(pick: number): void {
    const operation = this.operations[pick % Math.max(1, this.operations.length)];
    if (operation) operation.read = this.allocation;
  }

  /** An operation writes over what it has read; where that was replaced meanwhile, it reads again. */
  private write(pick: number): void {
    const operation = this.operations[pick % Math.max(1, this.operations.length)];
    if (!operation) return;
    const read = operation.read ?? this.allocation;
    const after = judgedOn(read, operation);
    if (after !== read && read.revision !== this.allocation.revision) {
      operation.read = this.allocation;
      return;
    }
    this.operations = this.operations.filter((one) => one !== operation);
    this.written.push(operation);
    this.put(operation, after === read ? this.allocation : after);
  }

  private put(operation: Operation, after: Allocation): void {
    const before = this.allocation;
    this.allocation = after;
    note(this.coverage, `allocation ${operation.type}`);
    if (operation.type === 'reserve' && after !== before) this.reserved(operation, before);
    if (operation.type === 'settle' && after !== before) this.settled(operation.settlement);
    verify(kept, this, { before, after });
  }

  private reserved(operation: Extract<Operation, { type: 'reserve' }>, before: Allocation): void {
    const { caseId, application, receivedAt, byAgent } = operation;
    const entry = this.allocation.cases[caseId];
    if (!entry) return;
    this.story.add(this.now, () => `  ${caseId}: ${entry.refusal?.code ?? `reserved, ${entry.amount}`}`);
    if (entry.refusal) note(this.coverage, `refused ${entry.refusal.code}`);
    verify(judgements, this, { operation, before, entry });
    if (entry.refusal) return;
    if (entry.goodsBack) {
      note(this.coverage, 'allocation taken over');
      this.takeOver(application);
    }
    const units = Object.fromEntries(application.lines.map(({ lineId, quantity }) => [lineId, quantity]));
    this.whereabouts.set(caseId, { in: 'open', units, ever: units });
    const opening = {
      caseId,
      application,
      channel: byAgent ? ('agent' as const) : ('return_page' as const),
      policy: this.order.policy,
    };
    const actor = byAgent
      ? { role: 'agent' as const, id: 'agent-1' }
      : { role: 'consumer' as const, id: this.order.consumerId };
    const opened = openCase({ order: this.order, entry }, opening, { actor, at: receivedAt });
    const { provider, story, coverage } = this;
    const walker = walkCase(opened, this.now, { provider, story, coverage });
    this.cases.set(caseId, walker);
    play(operation.prelude, walker);
    this.gatherEndings();
  }

  /** The units that earlier cases left at the merchant go over, in the order in which they were left there. ELIG-6 */
  private takeOver({ lines }: Application): void {
    for (const { lineId, quantity } of lines) {
      let wanted = quantity;
      for (const place of this.whereabouts.values()) {
        if (place.in !== 'left') continue;
        const taken = Math.min(wanted, place.units[lineId] ?? 0);
        wanted -= taken;
        place.units = { ...place.units, [lineId]: (place.units[lineId] ?? 0) - taken };
      }
    }
  }

  private settled({ caseId, status }: Settlement): void {
    const place = this.whereabouts.get(caseId);
    if (place) place.in = status === 'consumed' ? 'refunded' : status === 'held' ? 'left' : 'free';
    this.story.add(this.now, () => `  ${caseId} is settled: ${status}`);
  }

  /** What was written comes again, as a retried activity's: it must change nothing. tricky case 17 */
  private repeat(pick: number): void {
    const operation = this.written[pick % Math.max(1, this.written.length)];
    if (!operation || operation.type === 'complete' || operation.type === 'extend') return;
    const again = judgedOn(this.allocation, operation);
    verify(kept, this, { before: this.allocation, after: again, repeated: true });
  }

  /** Somebody looks at what can be returned. ELIG-4 */
  private look(): void {
    for (const options of returnOptions(this.allocation, this.now)) verify(shown, this, { options, at: this.now });
  }

  private gatherEndings(): void {
    for (const [caseId, { events, state }] of this.cases) {
      for (const event of events.slice(this.eventsSeen.get(caseId) ?? 0)) {
        const settlement = caseSettlement(state, event);
        if (settlement) this.operations.push({ type: 'settle', settlement });
      }
      this.eventsSeen.set(caseId, events.length);
    }
  }

  /** Every case is left alone, all is written, and the order completes. Answers whether it did. */
  leaveAlone(): boolean {
    for (let turn = 0; turn < 400 && this.operations.length > 0; turn++) this.write(0);
    for (const walker of this.cases.values()) if (!walker.leaveAlone()) return false;
    this.now = Math.max(this.now, ...[...this.cases.values()].map((walker) => walker.now));
    this.gatherEndings();
    this.operations.push({ type: 'complete' });
    for (let turn = 0; turn < 400 && this.operations.length > 0; turn++) this.write(0);
    this.look();
    return (
      complete(this.allocation).completed &&
      isDeepStrictEqual(JSON.parse(JSON.stringify(this.allocation)), this.allocation)
    );
  }
}

function judgedOn(allocation: Allocation, operation: Operation): Allocation {
  switch (operation.type) {
    case 'reserve':
      return reserve(allocation, operation.caseId, operation.application, operation.receivedAt, operation.byAgent);
    case 'settle':
      return settle(allocation, operation.settlement);
    case 'extend':
      return extend(allocation, operation.until);
    case 'complete':
      return complete(allocation);
    default:
      return operation satisfies never;
  }
}

export type Reserve = Extract<Operation, { type: 'reserve' }>;
