import type { Refusal } from '../decision.ts';
import type { Money } from './money.ts';
import type { ProviderName } from './provider.ts';

// The switch and the daily cap on money that leaves by a provider. Refunds, compensations and payouts alike; what an agent settles by
// hand doesn't pass here.

/** Why money is held back; `switch_unreachable`: whether it may leave could not be found out. */
export type HoldCause = 'stopped' | 'daily_cap' | 'switch_unreachable';
/** Money was not asked for. */
export type Held = { outcome: 'held'; cause: HoldCause };
/** Money that waits under its key, since when (UTC ms). */
export type Hold = { cause: HoldCause; since: number };

/** Held since it first was, whatever the cause has become. */
export const holdOf = ({ held }: { held?: Hold }, { cause, at }: { cause: HoldCause; at: number }): Hold => ({
  cause,
  since: held?.since ?? at,
});

/** What a stop is about: one provider, or all. */
export type StopScope = ProviderName | 'all';
/** An admin's word that is in force; `since` in UTC ms. */
export type InForce = { since: number; by: string; reason: string };
/** The most that may leave in a day, minor units. */
export type Cap = InForce & { amount: number };

/** Money that wants to leave, under its key. */
export type Movement = { key: string; provider: ProviderName; amount: Money };

/** Let go, and not come back yet. `token` names the try, `countedOn` the day in whose sum it is. */
export type UnderWay = Movement & {
  token: string;
  since: number;
  countedOn: string;
  /** The try ended without a word, and no other was let go since: only its count is left. */
  over?: true;
};

/** What an admin orders. */
export type MoneyOrder =
  | { action: 'stop' | 'resume'; provider?: ProviderName | undefined }
  | { action: 'cap'; currency: string; amount: number | null };

/** An order as it is entered in the audit: who, when (UTC ms), why; of a cap, what it was before. */
export type MoneyChange = MoneyOrder & {
  id: string;
  seq: number;
  at: number;
  by: string;
  reason: string;
  before?: number | null;
};

/** What decides on money that wants to leave: what is stopped, the caps, and today's sums by currency. */
export type Gate = {
  stops: Partial<Record<StopScope, InForce>>;
  caps: Record<string, Cap>;
  day: string;
  used: Record<string, number>;
  underWay: UnderWay[];
  /** The last order, also here, so that it can't be in force without being entered. */
  last: MoneyChange | null;
};

export const openGate: Gate = { stops: {}, caps: {}, day: '', used: {}, underWay: [], last: null };

const dayMs = 24 * 3600 * 1000;
/** Asia/Shanghai is UTC+8 all year; rules use no locale data (it differs between machines). */
const shanghai = 8 * 3600 * 1000;

/** The day of a cap, as in 2026-11-25: the calendar day in Asia/Shanghai, where the platform's books close. `at` in UTC ms. */
export const moneyDay = (at: number): string => new Date(at + shanghai).toISOString().slice(0, 10);

/** When that day ends and the sums begin anew, UTC ms. */
export const moneyDayEnds = (at: number): number => (Math.floor((at + shanghai) / dayMs) + 1) * dayMs - shanghai;

/** The gate at `at` (UTC ms): a new day begins with nothing, and no slower clock brings an old one back. */
export function gateAt(gate: Gate, at: number): Gate {
  const day = moneyDay(at);
  return day > gate.day ? { ...gate, day, used: {} } : gate;
}

const isCounted = ({ day, underWay }: Gate, { key }: Movement, countedOn: string | undefined) =>
  countedOn === day || underWay.some((one) => one.key === key && one.countedOn === day);

/** Why the movement would be held back now, if it would; `countedOn`: the day in whose sum it is already. */
export function whyHeld(gate: Gate, movement: Movement, countedOn?: string): HoldCause | undefined {
  const { provider, amount } = movement;
  if (gate.stops.all || gate.stops[provider]) return 'stopped';
  const cap = gate.caps[amount.currency];
  if (!cap || isCounted(gate, movement, countedOn)) return undefined;
  return (gate.used[amount.currency] ?? 0) + amount.amount > cap.amount ? 'daily_cap' : undefined;
}

/** Lets a movement go, counted once a key and day, or says why not; `at` in UTC ms, `token` names the try. */
export function letGo(
  before: Gate,
  movement: Movement,
  { token, at, countedOn }: { token: string; at: number; countedOn?: string | undefined },
): { gate: Gate; held?: Held } {
  const gate = gateAt(before, at);
  const cause = whyHeld(gate, movement, countedOn);
  if (cause) return { gate: withTryOver(gate, movement), held: { outcome: 'held', cause } };
  const { currency, amount } = movement.amount;
  const used = isCounted(gate, movement, countedOn)
    ? gate.used
    : { ...gate.used, [currency]: (gate.used[currency] ?? 0) + amount };
  const others = gate.underWay.filter(({ key }) => key !== movement.key);
  return { gate: { ...gate, used, underWay: [...others, { ...movement, token, since: at, countedOn: gate.day }] } };
}

/** A key has one try at a time: whoever asks again knows that the one before has ended. */
function withTryOver(gate: Gate, { key }: Movement): Gate {
  if (!gate.underWay.some((one) => one.key === key && !one.over)) return gate;
  return { ...gate, underWay: gate.underWay.map((one) => (one.key === key ? { ...one, over: true } : one)) };
}

/** A movement has come back. What was not paid is taken out of the day's sum again; what may have been stays in it. */
export function cameBack(gate: Gate, key: string, notPaid: boolean): Gate {
  const back = gate.underWay.find((one) => one.key === key);
  if (!back) return gate;
  const underWay = gate.underWay.filter((one) => one !== back);
  const { currency, amount } = back.amount;
  return notPaid && back.countedOn === gate.day
    ? { ...gate, underWay, used: without(gate.used, currency, amount) }
    : { ...gate, underWay };
}

/** Takes what was counted on `day`, and turned out not to be paid, out of that day's sum. */
export const takenOut = (gate: Gate, { currency, amount }: Money, day: string): Gate =>
  gate.day === day ? { ...gate, used: without(gate.used, currency, amount) } : gate;

const without = (used: Record<string, number>, currency: string, amount: number) => ({
  ...used,
  [currency]: Math.max(0, (used[currency] ?? 0) - amount),
});

/** Carries an admin's order out, or says why it changes nothing; `at` in UTC ms, `seq` follows the last change's. */
export function obeyMoneyOrder(
  gate: Gate,
  wanted: MoneyOrder & { id: string; at: number; by: string; reason: string },
): { gate: Gate; change: MoneyChange } | { refusal: Refusal } {
  const { at: since, by, reason } = wanted;
  const seq = (gate.last?.seq ?? 0) + 1;
  if (wanted.action === 'cap') {
    const { currency, amount } = wanted;
    const { [currency]: before, ...others } = gate.caps;
    const caps = amount === null ? others : { ...others, [currency]: { amount, since, by, reason } };
    const change: MoneyChange = { ...wanted, seq, before: before?.amount ?? null };
    return { gate: { ...gate, caps, last: change }, change };
  }
  const scope: StopScope = wanted.provider ?? 'all';
  const { [scope]: stopped, ...others } = gate.stops;
  const named = scope === 'all' ? 'outgoing money' : `outgoing money of ${scope}`;
  if (wanted.action === 'stop' && stopped) {
    const detail = `${named} is stopped already, since ${new Date(stopped.since).toISOString()} by ${stopped.by}`;
    return { refusal: { code: 'money_already_stopped', detail, ...(wanted.provider ? { field: 'provider' } : {}) } };
  }
  if (wanted.action === 'resume' && !stopped) {
    const [other] = Object.keys(gate.stops);
    const hint = other ? `; what is stopped: ${Object.keys(gate.stops).join(', ')}` : '';
    const detail = `${named} is not stopped${hint}`;
    return { refusal: { code: 'money_not_stopped', detail, ...(wanted.provider ? { field: 'provider' } : {}) } };
  }
  const stops = wanted.action === 'stop' ? { ...others, [scope]: { since, by, reason } } : others;
  const change: MoneyChange = { ...wanted, seq };
  return { gate: { ...gate, stops, last: change }, change };
}
