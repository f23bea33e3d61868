import type { Application } from '../../src/domain/case/commands.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { anAddress, anOrder } from '../builders.ts';
import { type CaseUnderTest, consumer, type Harness, merchant } from './harness.ts';

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

/** The money that moved for a subject: provider movements, and ledger entries as [kind, amount]. */
export function moneyOf({ harness: { world }, subject }: Pick<CaseUnderTest, 'harness' | 'subject'>) {
  const ledger = [...world.ledger.values()].filter(({ movementKey }) => movementKey.startsWith(`${subject}/`));
  return {
    movements: world.provider.movements
      .filter(({ key }) => key.startsWith(`${subject}/`))
      .map(({ kind, amount }) => [kind, amount.amount]),
    asked: world.provider.asked.filter((key) => key.startsWith(`${subject}/`)),
    ledger: ledger.map(({ kind, amount }) => [kind, amount]),
    balance: ledger
      .flatMap(({ debit, credit, amount }) => [[debit, amount] as const, [credit, -amount] as const])
      .reduce((sum, [, amount]) => sum + amount, 0),
  };
}
