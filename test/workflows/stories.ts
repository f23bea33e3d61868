import type { Application } from '../../src/domain/case/commands.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { anAddress, anOrder } from '../builders.ts';
import { type CaseUnderTest, consumer, type Harness, merchant } from './harness.ts';
import type { Movement } from './world.ts';

export const evidenceId = '0b9d0c2e-8a55-4c1b-9a68-3c2f7b7ff001';

type Wish = { order?: Partial<OrderFacts>; application?: Partial<Application>; policy?: Policy };

/** A case just applied for, on a delivered order of its own. */
export async function applied(harness: Harness, { order: changes = {}, ...wish }: Wish = {}): Promise<CaseUnderTest> {
  const order = anOrder(changes);
  harness.world.deliver(order, await harness.now());
  return harness.apply(order, wish);
}

export async function refused(harness: Harness, wish?: Wish): Promise<CaseUnderTest> {
  const one = await applied(harness, wish);
  await one.give(merchant, [
    'merchantDecision',
    { decision: 'refuse', refusalCode: 'goods_used', evidenceIds: [evidenceId] },
  ]);
  return one;
}

export async function approved(harness: Harness, wish?: Wish): Promise<CaseUnderTest> {
  const one = await applied(harness, wish);
  await one.give(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }]);
  return one;
}

export async function sentBack(harness: Harness, wish?: Wish): Promise<CaseUnderTest> {
  const one = await approved(harness, wish);
  await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
  return one;
}

/** A cod case whose merchant owes the refund and its voucher. */
export async function owingVoucher(harness: Harness, wish: Wish = {}): Promise<CaseUnderTest> {
  const one = await sentBack(harness, { ...wish, order: { paymentMethod: 'cod', ...wish.order } });
  await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
  return one;
}

export const voucher = (amount = 12_900) =>
  ['refundVoucher', { reference: 'v-1', amount, paidAt: '2020-01-01T00:00:00Z', evidenceIds: [evidenceId] }] as const;

/** The money that moved for a subject: provider movements, ledger entries as [kind, amount], and what of them doesn't tally. */
export function moneyOf({ harness: { world }, subject }: Pick<CaseUnderTest, 'harness' | 'subject'>) {
  const ofSubject = (key: string) => key.startsWith(`${subject}/`);
  const ledger = [...world.ledger.values()].filter(({ movementKey }) => ofSubject(movementKey));
  const movements = world.provider.movements.filter(({ key }) => ofSubject(key));
  return {
    movements: movements.map(({ kind, amount }) => [kind, amount.amount]),
    asked: world.provider.asked.filter(ofSubject),
    ledger: ledger.map(({ kind, amount }) => [kind, amount]),
    unbalanced: unbalanced(ledger, movements),
  };
}

/** Accounts that money only passes: once all is settled, nothing is left in them. */
const passing = /^(advance_compensations$|unassigned_receipts\/)/;

/**
 * What doesn't tally, as [what, amount]: movements that the ledger books otherwise than the provider made them, and what is left in an
 * account that money only passes.
 */
function unbalanced(ledger: LedgerEntry[], movements: Movement[]): [string, number][] {
  const left = new Map<string, number>();
  const add = (what: string, amount: number) => left.set(what, (left.get(what) ?? 0) + amount);
  for (const { key, amount } of movements) add(`${key} ${amount.currency}`, amount.amount);
  for (const { movementKey, debit, credit, amount, currency } of ledger) {
    if (credit === 'payment_provider') add(`${movementKey} ${currency}`, -amount);
    if (passing.test(debit)) add(debit, amount);
    if (passing.test(credit)) add(credit, -amount);
  }
  return [...left].filter(([, amount]) => amount !== 0);
}

/** What each account of a subject's ledger holds in the end: what came in less what went out. */
export function accountsOf({ harness: { world }, subject }: Pick<CaseUnderTest, 'harness' | 'subject'>) {
  const net: Record<string, number> = {};
  for (const { movementKey, debit, credit, amount } of world.ledger.values()) {
    if (!movementKey.startsWith(`${subject}/`)) continue;
    net[debit] = (net[debit] ?? 0) + amount;
    net[credit] = (net[credit] ?? 0) - amount;
  }
  return net;
}
