import { isDeepStrictEqual } from 'node:util';
import type { CaseAnswer } from '../../api/cases/schema.ts';
import type { OrderAnswer } from '../../api/orders/schema.ts';
import type { LedgerEntry } from '../../domain/money/ledger.ts';
import { type Connection, listAll, type Person } from './connection.ts';
import type { Scene } from './scene.ts';

/** Money the provider has moved, by its own account. */
export interface Movement {
  key: string;
  kind: 'refund' | 'payout';
  orderId: string;
  amount: number;
}

type BookedEntry = Pick<LedgerEntry, 'kind' | 'debit' | 'credit' | 'amount' | 'orderId'>;

/** How a story must have ended. Prices in minor units. */
export interface Ending {
  /** Fields of the case's or the order's answer that must be just so. */
  shows: Record<string, unknown>;
  /** A case's whole timeline: `event RULE`, with `timer` where a passed deadline did it. SEE-1, SEE-2 */
  timeline?: string[];
  /** Every entry of the ledger: `kind amount: debit ← credit`. REF-5 */
  ledger: string[];
  /** Every movement at the provider: `key amount`. REF-4 */
  movements: string[];
  /** The titles of the messages that consumer and merchant each have about it. TELL-1 */
  messages: string[];
  /** What the merchant alone is told besides. INT-9 */
  messagesToMerchant?: string[];
}

/** What was looked at, and what was not as it must be. */
export class Proof {
  checks = 0;
  readonly differences: string[] = [];

  same(what: string, expected: unknown, found: unknown): void {
    this.checks += 1;
    if (isDeepStrictEqual(expected, found)) return;
    this.differences.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }

  isTrue(what: string, holds: boolean): void {
    this.checks += 1;
    if (!holds) this.differences.push(what);
  }
}

/** Compares how a case has ended with how it must. */
export async function proveCase(
  proof: Proof,
  scene: Scene,
  id: string,
  connection: Connection,
  ending: Ending,
): Promise<void> {
  const found = await scene.agent.get<CaseAnswer>(`/v1/cases/${id}`);
  proveShown(proof, found, ending);
  // That the provider's answer was not known for a while (REF-4) is no part of how it ends.
  const items = (await scene.timelineOf(found)).filter(({ type }) => type !== 'refundUnknown');
  const timeline = items.map(({ type, rule, actor }) =>
    [type, rule, ...(actor.role === 'timer' ? ['timer'] : [])].join(' '),
  );
  proof.same('timeline', ending.timeline, timeline);
  const byTimer = items.find(({ actor }) => actor.role === 'timer');
  if (byTimer) {
    const { deadline, type } = byTimer;
    const begun = items.find((item) => item.seq < byTimer.seq && item.deadline?.kind === deadline?.kind);
    proof.same(`the deadline that ${type} names`, begun?.deadline, deadline);
    proof.isTrue(`${type} came before its deadline had passed`, deadline !== undefined && deadline.at <= byTimer.at);
  }
  await proveAround(proof, scene, { caseId: id, orderId: found.orderId }, connection, ending);
}

/** The same for an order that has no case. */
export async function proveOrder(
  proof: Proof,
  scene: Scene,
  id: string,
  connection: Connection,
  ending: Ending,
): Promise<void> {
  proveShown(proof, await scene.agent.get<OrderAnswer>(`/v1/orders/${id}`), ending);
  await proveAround(proof, scene, { orderId: id }, connection, ending);
}

function proveShown(proof: Proof, found: object, { shows }: Ending): void {
  for (const [field, expected] of Object.entries(shows)) {
    proof.same(field, expected, (found as Record<string, unknown>)[field]);
  }
}

async function proveAround(
  proof: Proof,
  scene: Scene,
  { caseId, orderId }: { caseId?: string; orderId: string },
  connection: Connection,
  ending: Ending,
): Promise<void> {
  const entries = await listAll<BookedEntry>(scene.agent, `/v1/ledger?orderId=${orderId}`);
  const booked = entries.map(({ kind, amount, debit, credit }) => `${kind} ${amount}: ${debit} ← ${credit}`);
  proof.same('ledger', ending.ledger.toSorted(), booked.toSorted());

  if (connection.providerUrl !== undefined) {
    const movements = (await movementsAt(connection.providerUrl)).filter((one) => one.orderId === orderId);
    const moved = movements.map(({ key, amount }) => `${key} ${amount}`);
    proof.same('movements', ending.movements.toSorted(), moved.toSorted());
  }
  for (const [who, person] of Object.entries({ consumer: scene.consumer, merchant: scene.merchant })) {
    const about = (await listAll<{ title: string; caseId?: string }>(person, '/v1/messages')).filter(
      (one) => one.caseId === caseId,
    );
    const expected = [...ending.messages, ...((who === 'merchant' && ending.messagesToMerchant) || [])];
    proof.same(`messages to the ${who}`, expected.toSorted(), about.map(({ title }) => title).toSorted());
  }
}

/** What the provider says it has moved. */
export async function movementsAt(providerUrl: string): Promise<Movement[]> {
  const response = await fetch(`${providerUrl}/movements`);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return (await response.json()) as Movement[];
}

/**
 * The books of all stories together: every entry has two sides, all accounts sum to nothing, and what left the account at the
 * provider is, to the cent, what the provider says it has paid out. REF-5
 */
export async function proveBooks(
  proof: Proof,
  agent: Person,
  orderIds: string[],
  connection: Connection,
): Promise<void> {
  const lists = await Promise.all(orderIds.map((id) => listAll<BookedEntry>(agent, `/v1/ledger?orderId=${id}`)));
  const entries = lists.flat();
  const balances = new Map<string, number>();
  for (const { debit, credit, amount } of entries) {
    proof.isTrue(`an entry of ${amount} from ${credit} to ${debit} moves nothing`, amount > 0 && debit !== credit);
    balances.set(debit, (balances.get(debit) ?? 0) + amount);
    balances.set(credit, (balances.get(credit) ?? 0) - amount);
  }
  const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);
  proof.same('the sum of all accounts', 0, sum(balances.values()));
  if (connection.providerUrl === undefined) return;
  const movements = (await movementsAt(connection.providerUrl)).filter(({ orderId }) => orderIds.includes(orderId));
  const paidOut = entries.filter(({ credit }) => credit === 'payment_provider').map(({ amount }) => amount);
  proof.same('what the books say the provider paid', sum(movements.map(({ amount }) => amount)), sum(paidOut));
}
