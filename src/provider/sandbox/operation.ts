/** What a caller asks the provider to do: money back to the payer, or out to a party. `amount` in minor units. */
export type Instruction = { key: string; orderId: string; amount: number; currency: string } & (
  | { kind: 'refund' }
  | { kind: 'payout'; party: string }
);

/** What became of it. A decline stands for ever under its key; pending is settled later. `at` is UTC milliseconds. */
export type Standing =
  | { outcome: 'done'; reference: string; at: number }
  | { outcome: 'declined'; reference: string; reason: string; at: number }
  | { outcome: 'pending'; reference: string; at: number };

export type Operation = Instruction & Standing;

/** Whether a repeat under the same key asks for the same thing. */
export function isSameInstruction(one: Instruction, other: Instruction): boolean {
  const partyOf = (given: Instruction) => (given.kind === 'payout' ? given.party : undefined);
  return (
    one.kind === other.kind &&
    one.orderId === other.orderId &&
    one.amount === other.amount &&
    one.currency === other.currency &&
    partyOf(one) === partyOf(other)
  );
}

/** An operation as answers show it. */
export function present({ at, ...operation }: Operation) {
  return { ...operation, at: new Date(at).toISOString() };
}

/** Money that moved, as `GET /movements` lists it. */
export function presentMovement({ key, kind, orderId, amount, currency, reference, at }: Operation) {
  return { key, kind, orderId, amount, currency, reference, at: new Date(at).toISOString() };
}
