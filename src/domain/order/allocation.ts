import type { Application } from '../case/commands.ts';
import type { Refusal } from '../decision.ts';
import { priceOfUnits, spreadOverUnits, type Units } from '../money/money.ts';
import { judgeEligibility } from './eligibility.ts';
import { goodsPrice, linePrice, type OrderFacts, type OrderLine } from './facts.ts';

/** Some units of a line with their refund in minor units (REF-1). */
export type AllocatedLine = Units & { refund: number };

/**
 * What a case holds of its order. `reserved` → `consumed` (refunded), `released` (closed, ELIG-6), or `held` (closed with the
 * goods at the merchant, CASE-10) → `taken_over` by an agent's new case; `refused` never held anything. An entry is never removed, so a late reserve finds it and can lock nothing (tricky case 17).
 */
export type AllocationEntry = {
  status: 'reserved' | 'consumed' | 'released' | 'refused' | 'held' | 'taken_over';
  refusal?: Refusal;
  lines: Record<string, AllocatedLine>;
  /** minor units */
  amount: number;
  /** UTC ms, when the application was received */
  at: number;
  previousCaseId?: string;
  /** An agent's new case on units that an earlier one had left at the merchant. ELIG-6 */
  goodsBack?: true;
};

/**
 * The arbiter of an order's quantity and money, and of *open* against *completed*: one document an order, changed only by
 * compare-and-set on `revision`, so that whatever runs concurrently, each change was judged on what it replaces. ELIG-5, REF-3
 */
export type Allocation = {
  orderId: string;
  revision: number;
  order: OrderFacts;
  /** UTC ms */
  deliveredAt: number;
  /** To when an outage of ours has extended the after-sales period, UTC ms. POL-6 */
  extendedUntil?: number;
  completed: boolean;
  /** The order waits for its last open case to complete. */
  completionAwaited: boolean;
  cases: Record<string, AllocationEntry>;
};

/** A delivered order's allocation, with nothing taken yet. ELIG-3 */
export function openAllocation(order: OrderFacts, deliveredAt: number): Allocation {
  return { orderId: order.id, revision: 1, order, deliveredAt, completed: false, completionAwaited: false, cases: {} };
}

const holds = ({ status }: AllocationEntry) => status === 'reserved' || status === 'consumed' || status === 'held';

/** The cases that ever took units of a line, with those units. */
function takingsOf(allocation: Allocation, lineId: string) {
  return Object.entries(allocation.cases).flatMap(([caseId, entry]) => {
    const units = Object.hasOwn(entry.lines, lineId) && entry.status !== 'refused' ? entry.lines[lineId] : undefined;
    return units ? [{ caseId, entry, units }] : [];
  });
}

/** The units of a line that no case holds, and how many of the dearer ones (REF-1) are among them. */
export function freeUnits(allocation: Allocation, line: OrderLine): Units {
  const prices = spreadOverUnits(linePrice(line), line.quantity);
  const held = takingsOf(allocation, line.lineId).filter(({ entry }) => holds(entry));
  return {
    quantity: line.quantity - held.reduce((sum, { units }) => sum + units.quantity, 0),
    dearerUnits: prices.dearerUnits - held.reduce((sum, { units }) => sum + units.dearerUnits, 0),
  };
}

/** `quantity` of the free units of a line with their refund, the dearer ones first. REF-1 */
export const priceFreeUnits = (line: OrderLine, free: Units, quantity: number): AllocatedLine =>
  priceUnits(line, { quantity, dearerUnits: Math.min(quantity, free.dearerUnits) });

function priceUnits(line: OrderLine, units: Units): AllocatedLine {
  return { ...units, refund: priceOfUnits(spreadOverUnits(linePrice(line), line.quantity), units) };
}

const refundOf = (lines: Record<string, AllocatedLine>) =>
  Object.values(lines).reduce((sum, { refund }) => sum + refund, 0);

/** How many more times a line may be applied for; refused applications don't count. ELIG-6 */
export function applicationsLeft(allocation: Allocation, lineId: string): number {
  return Math.max(0, allocation.order.policy.maxApplicationsPerLine - takingsOf(allocation, lineId).length);
}

/** What the order's cases hold or have brought back, in minor units. REF-3 */
const amountHeld = (allocation: Allocation) =>
  Object.values(allocation.cases).reduce((sum, entry) => sum + (holds(entry) ? entry.amount : 0), 0);

/**
 * Judges an application received at `receivedAt` (UTC ms) against the whole order and writes down what came of it, under the
 * case's id: asked again, the same entry answers. CASE-1, ELIG-1 to ELIG-6, REF-1, REF-3
 */
export function reserve(
  allocation: Allocation,
  caseId: string,
  application: Application,
  receivedAt: number,
  byAgent = false,
): Allocation {
  if (allocation.cases[caseId]) return allocation;
  const held = byAgent ? unitsMeant(allocation, application, receivedAt) : undefined;
  const before = held && held !== 'unclear' ? takenOver(allocation, held) : allocation;
  const entry =
    held === 'unclear' ? refusedEntry(whichGoods, receivedAt) : judge(before, application, receivedAt, held);
  const { cases } = entry.status === 'refused' ? allocation : before;
  return { ...allocation, revision: allocation.revision + 1, cases: { ...cases, [caseId]: entry } };
}

/**
 * Refused entries that an order has at most. They stay so that a late try can't be granted what was refused; but whoever applies in vain a
 * thousand times must not fill the document that all the order's cases need.
 */
const mostRefused = 100;

/** What is entered of a judged application: not one more refusal where the order has so many. */
export function worthEntering(before: Allocation, judged: Allocation, caseId: string): Allocation {
  const isRefused = ({ status }: AllocationEntry) => status === 'refused';
  const entry = judged.cases[caseId];
  if (judged === before || !entry || !isRefused(entry)) return judged;
  return Object.values(before.cases).filter(isRefused).length < mostRefused ? judged : before;
}

/** What an agent's application finds of its units at the merchant, where earlier cases left them: case by case, line by line. */
type HeldUnits = { caseId: string; lineId: string; units: Units }[];

function heldUnits(allocation: Allocation, { lines }: Application): HeldUnits | undefined {
  const found = lines.flatMap(({ lineId, quantity }) => {
    let wanted = quantity;
    return takingsOf(allocation, lineId).flatMap(({ caseId, entry, units }) => {
      if (entry.status !== 'held' || wanted === 0 || units.quantity === 0) return [];
      const taken = Math.min(wanted, units.quantity);
      wanted -= taken;
      return [{ caseId, lineId, units: { quantity: taken, dearerUnits: Math.min(taken, units.dearerUnits) } }];
    });
  });
  return found.length > 0 ? found : undefined;
}

/**
 * Which units an agent's application takes over: none where it is about others. It says which it means where both would do; where it doesn't,
 * and only one of them does, it means that. ELIG-6
 */
function unitsMeant(allocation: Allocation, application: Application, at: number): HeldUnits | undefined | 'unclear' {
  const { lines, goodsAtMerchant } = application;
  if (goodsAtMerchant === false) return undefined;
  const held = heldUnits(allocation, application);
  if (goodsAtMerchant) return held ?? [];
  if (!held || judge(allocation, application, at).status === 'refused') return held;
  const atMerchant = (id: string) =>
    held.reduce((sum, { lineId, units }) => sum + (lineId === id ? units.quantity : 0), 0);
  return lines.every(({ lineId, quantity }) => atMerchant(lineId) >= quantity) ? 'unclear' : undefined;
}

const whichGoods: Refusal = {
  code: 'goods_at_merchant_unclear',
  detail: 'an earlier case left as many at the merchant, and others are free: say in goodsAtMerchant which are meant',
  field: 'goodsAtMerchant',
};

const refusedEntry = (refusal: Refusal, at: number): AllocationEntry => ({
  status: 'refused',
  refusal,
  lines: {},
  amount: 0,
  at,
});

/** The allocation once those units are no longer held by the cases that left them; a case that holds none any more was taken over. */
function takenOver(allocation: Allocation, held: HeldUnits): Allocation {
  const cases = { ...allocation.cases };
  for (const { caseId, lineId, units } of held) {
    const entry = cases[caseId];
    const line = allocation.order.lines.find((one) => one.lineId === lineId);
    const before = entry?.lines[lineId];
    if (!entry || !line || !before) continue;
    const left = { quantity: before.quantity - units.quantity, dearerUnits: before.dearerUnits - units.dearerUnits };
    // a line of which nothing is left stays: it was applied for (ELIG-6)
    const lines = { ...entry.lines, [lineId]: priceUnits(line, left) };
    // what held them stays readable where nothing is left: an entry is never emptied
    cases[caseId] = Object.values(lines).some(({ quantity }) => quantity > 0)
      ? { ...entry, lines, amount: refundOf(lines) }
      : { ...entry, status: 'taken_over' };
  }
  return { ...allocation, cases };
}

function judge(allocation: Allocation, application: Application, at: number, held?: HeldUnits): AllocationEntry {
  const refused = (refusal: Refusal) => refusedEntry(refusal, at);
  const lines: Record<string, AllocatedLine> = {};
  for (const [index, wanted] of application.lines.entries()) {
    const field = `lines.${index}`;
    const line = allocation.order.lines.find(({ lineId }) => lineId === wanted.lineId);
    if (!line)
      return refused({
        code: 'line_unknown',
        detail: `the order has no line ${wanted.lineId}`,
        field: `${field}.lineId`,
      });
    const atMerchant = (held ?? []).filter(({ lineId }) => lineId === line.lineId);
    const back = atMerchant.reduce((sum, { units }) => sum + units.quantity, 0);
    if (held && back < wanted.quantity) {
      const detail = `${back} of line ${line.lineId} are at the merchant since an earlier case: a case is for those, or for others`;
      return refused({ code: 'quantity_not_available', detail, field: `${field}.quantity` });
    }
    // the goods went back in time: neither the period nor the number of applications binds the agent (ELIG-6)
    const eligible = judgeEligibility(allocation, line, application, held ? allocation.deliveredAt : at);
    if (eligible.refusal) return refused({ field: `${field}.lineId`, ...eligible.refusal });
    if (!held && applicationsLeft(allocation, line.lineId) === 0) {
      const most = allocation.order.policy.maxApplicationsPerLine;
      return refused({
        code: 'too_many_applications',
        detail: `line ${line.lineId} was applied for ${most} times already, which is the most`,
        field: `${field}.lineId`,
      });
    }
    const free = freeUnits(allocation, line);
    if (wanted.quantity > free.quantity) {
      const detail = `${free.quantity} of line ${line.lineId} can be returned, not ${wanted.quantity}: the others are in a case or were refunded`;
      return refused({ code: 'quantity_not_available', detail, field: `${field}.quantity` });
    }
    lines[line.lineId] = priceFreeUnits(line, free, wanted.quantity);
  }
  const amount = refundOf(lines);
  if (amountHeld(allocation) + amount > goodsPrice(allocation.order)) {
    return refused({
      code: 'refund_exceeds_paid',
      detail: 'all refunds of an order together never exceed what was paid less postage',
    });
  }
  const previousCaseId = held?.[0]?.caseId ?? latestReleasedOn(allocation, Object.keys(lines));
  const goodsBack = held ? { goodsBack: true as const } : {};
  return { status: 'reserved', lines, amount, at, ...(previousCaseId ? { previousCaseId } : {}), ...goodsBack };
}

/** The latest case on any of the lines that was closed without refund: a new one applies anew for its units. ELIG-6 */
function latestReleasedOn(allocation: Allocation, lineIds: string[]): string | undefined {
  const released = lineIds
    .flatMap((lineId) => takingsOf(allocation, lineId))
    .filter(({ entry }) => entry.status === 'released');
  return released.sort((one, other) => other.entry.at - one.entry.at)[0]?.caseId;
}

/** A case's ending, as far as its order is concerned: its units were refunded (for `amount` minor units), or are free again. */
export type Settlement =
  | { caseId: string; status: 'consumed'; amount: number }
  | { caseId: string; status: 'released' | 'held' };

/** Enters how a case ended; done once, whatever is repeated. ELIG-5, ELIG-6, REF-3, REF-7 */
export function settle(allocation: Allocation, settlement: Settlement): Allocation {
  const { caseId, ...ending } = settlement;
  const entry = allocation.cases[caseId];
  if (entry?.status !== 'reserved') return allocation;
  return {
    ...allocation,
    revision: allocation.revision + 1,
    cases: { ...allocation.cases, [caseId]: { ...entry, ...ending } },
  };
}

/** Lets applications in until `until` (UTC ms), as the order's extended after-sales period shows. POL-6 */
export function extend(allocation: Allocation, until: number): Allocation {
  if ((allocation.extendedUntil ?? 0) >= until) return allocation;
  return { ...allocation, revision: allocation.revision + 1, extendedUntil: until };
}

/** Whether a case of the order is still open. ORD-1 */
export const hasOpenCase = (allocation: Allocation): boolean =>
  Object.values(allocation.cases).some(({ status }) => status === 'reserved');

/**
 * Completes the order where no case is open; else notes that it waits for the last one (ORD-1). An application that was received
 * in time may still be reserved afterwards: POL-4 outweighs the order's book-keeping.
 */
export function complete(allocation: Allocation): Allocation {
  const open = hasOpenCase(allocation);
  if (allocation.completed || (open && allocation.completionAwaited)) return allocation;
  return { ...allocation, revision: allocation.revision + 1, completed: !open, completionAwaited: open };
}

/** A line's share of what a case refunded, which may be a part (REF-7); the shares of all lines are exactly the whole. */
function refundOfLine({ amount, lines }: AllocationEntry, lineId: string): number {
  const whole = BigInt(refundOf(lines));
  let upTo = 0n;
  for (const [id, { refund }] of Object.entries(lines)) {
    const from = upTo;
    upTo += BigInt(refund);
    if (id === lineId && whole > 0n) return Number((BigInt(amount) * upTo) / whole - (BigInt(amount) * from) / whole);
  }
  return 0;
}

/** What of a line was returned and refunded: units and minor units. */
export function returnedOf(allocation: Allocation, lineId: string): { quantity: number; refunded: number } {
  const consumed = takingsOf(allocation, lineId).filter(({ entry }) => entry.status === 'consumed');
  return {
    quantity: consumed.reduce((sum, { units }) => sum + units.quantity, 0),
    refunded: consumed.reduce((sum, { entry }) => sum + refundOfLine(entry, lineId), 0),
  };
}

/** Why an allocation can't be right: cases hold more of a line than was bought, or more money than was paid; undefined where it can. ELIG-5, REF-3 */
export function heldTwice(allocation: Allocation): string | undefined {
  const line = allocation.order.lines.find((one) => freeUnits(allocation, one).quantity < 0);
  if (line) return `cases hold more of line ${line.lineId} than the ${line.quantity} that were bought`;
  const held = amountHeld(allocation);
  const paid = goodsPrice(allocation.order);
  return held > paid ? `cases hold ${held} of the ${paid} that were paid (minor units)` : undefined;
}

/** What an order's cases but this one hold, and what they have brought back; minor units. REF-3 */
export function takenByOthers(allocation: Allocation, caseId: string): { reserved: number; refunded: number } {
  const others = Object.entries(allocation.cases).flatMap(([id, entry]) => (id === caseId ? [] : [entry]));
  const sum = (...statuses: AllocationEntry['status'][]) =>
    others.reduce((total, { status, amount }) => total + (statuses.includes(status) ? amount : 0), 0);
  return { reserved: sum('reserved', 'held'), refunded: sum('consumed') };
}

/** A delivered order opens for cases, its period may be extended; an ended case is settled. */
export type AllocationChange =
  | { change: 'open'; order: OrderFacts; deliveredAt: number }
  | { change: 'extend'; orderId: string; until: number }
  | { change: 'settle'; orderId: string; settlement: Settlement };
