import { isDeepStrictEqual } from 'node:util';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import { goodsPrice, type OrderFacts } from '../../src/domain/order/facts.ts';
import { webhookEvent } from '../../src/domain/tell/webhookEvents.ts';
import { inboxOf } from '../../src/store/documents.ts';
import type { Run } from './history.ts';
import { type Computed, compute } from './oracle.ts';
import { rulesOf, type Standing, type SubjectKind } from './subjects.ts';

/** What can be wrong after chaos; `npm run chaos` fails where any of them is not 0. */
export const counters = ['lost', 'movedTwice', 'wrongOutcome', 'unbalanced', 'late'] as const;
export type Counter = (typeof counters)[number];

/** What somebody asked over HTTP, as often as it took, and what the last word was; times in UTC ms. */
export type Act = {
  commandId: string;
  /** In words: `merchant-3 merchant-decision`. */
  what: string;
  sentAt: number;
  /** When the service first said that it has it (200, 201, 202). */
  acknowledgedAt?: number;
  /** The last answer's; undefined where none ever came. */
  status?: number;
  code?: string;
};

/** Money that the provider says it moved; `amount` in minor units. */
export type Movement = { key: string; kind: 'refund' | 'payout'; orderId: string; amount: number };

export type SeenItem = { seq: number; type: string; at: number; rule: string; status: string };

/** What MongoDB holds of what somebody is told, and whether the mail server, or whoever has the webhook, has it. */
export type Telling = { id: string; channel: 'in_app' | 'email' | 'webhook'; state?: string; arrived?: boolean };

/** A subject as everybody shows it once the machines run again. */
export type SeenSubject = {
  kind: SubjectKind;
  id: string;
  /** What it was to go through, for the reader. */
  plot: string;
  acts: Act[];
  /** What its workflow was told, by Temporal's own record. */
  runs: Run[];
  /** Whether Temporal still runs it, and what the operators' list shows. */
  temporal: { running: boolean; status: string | undefined };
  /** MongoDB's word: the state with the outcomes it carries, the timeline, and what the order's allocation says of a case. */
  stored: { state: unknown; outcomes: { commandId: string; state: string; code?: string }[] } | null;
  timeline: SeenItem[];
  allocation?: { status: string; amount: number };
  tellings: Telling[];
  /** The API's word. */
  shown: Partial<Standing> | null;
  shownTimeline: Pick<SeenItem, 'seq' | 'type' | 'status'>[];
};

/** When machines were down, with the time they took to recover; UTC ms. */
export type Outage = { from: number; to: number; what: string };

export type World = {
  subjects: SeenSubject[];
  ledger: LedgerEntry[];
  movements: Movement[];
  /** Whose profile asks for mail, by inbox. */
  wantMail: ReadonlySet<string>;
  /** The one endpoint that is told of everything. */
  endpoint: string;
  outages: Outage[];
  /** How late a deadline may fire with nothing broken: busy machines, in ms. */
  slackMs: number;
};

/** Something that is not as it must be, in words. */
export type Deviation = { counter: Counter; subject: string; plot: string; what: string };

export type Verdict = {
  deviations: Deviation[];
  computed: Map<string, Computed>;
  /** The latest that a deadline fired beyond what outages excuse, in ms. */
  latestMs: number;
};

/** Compares what is seen with what must be by the rules, subject by subject, then the books and the money, movement by movement. */
export function judge(world: World): Verdict {
  const deviations: Deviation[] = [];
  const computed = new Map<string, Computed>();
  let latestMs = 0;
  for (const seen of world.subjects) {
    const subject = `${seen.kind}/${seen.id}`;
    const say = (counter: Counter, what: string) => deviations.push({ counter, subject, plot: seen.plot, what });
    const due = compute(seen.kind, seen.runs, { timeline: seen.timeline, outcomes: seen.stored?.outcomes ?? [] });
    computed.set(subject, due);
    judgeActs(seen, due, say);
    judgeWhatIsShown(seen, due, say);
    judgeTellings(seen, due, world, say);
    latestMs = Math.max(latestMs, judgeTimes(seen, due, world, say));
  }
  judgeBooks(world, computed, deviations);
  judgeMovements(world, computed, deviations);
  return { deviations, computed, latestMs };
}

type Say = (counter: Counter, what: string) => void;

/** Nothing acknowledged is ever lost, and nobody was told what did not stand. POL-4, tricky cases 14 and 16 */
function judgeActs({ acts, stored }: SeenSubject, due: Computed, say: Say): void {
  const kept = new Map(stored?.outcomes.map((outcome) => [outcome.commandId, outcome]));
  for (const { commandId, what, status, code, acknowledgedAt } of acts) {
    const ruled = due.commands.get(commandId);
    // 202 says that the outcome is not known yet
    const told = status === undefined || status === 202 ? undefined : status < 300 ? 'accepted' : 'refused';
    if (!ruled) {
      if (told === 'accepted') say('lost', `${what} was answered ${status}, but never reached its workflow`);
      else if (told === undefined && acknowledgedAt !== undefined)
        say('lost', `${what} was acknowledged (202), and nothing became of it`);
      continue;
    }
    if (told === undefined) say('lost', `${what} never got its answer: by the rules it is ${ruled.state}`);
    else if (told !== ruled.state || (told === 'refused' && ruled.code !== code))
      say(
        'wrongOutcome',
        `${what} was told ${told}${code ? ` (${code})` : ''}, by the rules it is ${ruled.state}${ruled.code ? ` (${ruled.code})` : ''}`,
      );
    if (stored && kept.get(commandId)?.state !== ruled.state)
      say('lost', `${what}: its outcome (${ruled.state}) is not with the subject in MongoDB`);
  }
}

function judgeWhatIsShown(seen: SeenSubject, due: Computed, say: Say): void {
  const { stored, shown, temporal, timeline, shownTimeline, allocation, kind } = seen;
  if (!due.state) {
    if (stored) say('wrongOutcome', 'it was refused, and yet it is stored');
    return;
  }
  judgeTimeline(timeline, due, say);
  const inApi = shownTimeline.map(({ seq, type, status }) => `${seq} ${type} ${status}`);
  const inRules = due.events.map(({ event, status }, index) => `${index + 1} ${event.type} ${status}`);
  if (!isDeepStrictEqual(inApi, inRules))
    say('wrongOutcome', `the API's timeline differs: ${firstDifference(inRules, inApi)}`);

  const { standing } = rulesOf[kind];
  const must = standing(due.state);
  if (!stored) say('lost', `by the rules it is ${must.status}, but MongoDB has nothing of it`);
  else if (!isDeepStrictEqual(plain(stored.state), plain(due.state)))
    say('wrongOutcome', `MongoDB's state differs: ${differences(plain(due.state), plain(stored.state)).join('; ')}`);
  for (const [field, value] of Object.entries(must)) {
    if (kind !== 'case' && field !== 'status') continue;
    const found = shown?.[field as keyof Standing];
    if (found !== value) say('wrongOutcome', `the API shows ${field} ${found}, by the rules it is ${value}`);
  }
  if (kind !== 'order' && temporal.status !== undefined && temporal.status !== must.status)
    say('wrongOutcome', `Temporal lists it as ${temporal.status}, by the rules it is ${must.status}`);
  if (due.settlement && allocation && allocation.status !== due.settlement.status)
    say(
      'wrongOutcome',
      `the order's allocation has it ${allocation.status}, by the rules it is ${due.settlement.status}`,
    );
  if (!must.final) say('late', `it has never ended: it is still ${must.status}`);
  else if (temporal.running && due.events.length > 0 && rulesOf[kind].listensUntil(due.state) === 0)
    say('late', `it has ended as ${must.status}, but its workflow still runs`);
}

/** Every event once, in order, by its rule; what a person did and is missing was lost. SEE-1 */
function judgeTimeline(timeline: SeenItem[], { events }: Computed, say: Say): void {
  const found = timeline.map(({ seq, type, at, rule, status }) => `${seq} ${type} ${rule} ${at} ${status}`);
  const must = events.map(
    ({ event, status }, index) => `${index + 1} ${event.type} ${event.rule} ${event.at} ${status}`,
  );
  if (isDeepStrictEqual(found, must)) return;
  const types = timeline.map(({ type }) => type);
  const missing = events.filter(({ event: { type } }) => {
    const index = types.indexOf(type);
    if (index >= 0) types.splice(index, 1);
    return index < 0;
  });
  for (const { event } of missing) {
    const byPerson = 'id' in event.actor;
    say(byPerson ? 'lost' : 'wrongOutcome', `${event.type} (${event.rule}) is missing from the timeline`);
  }
  if (missing.length === 0) say('wrongOutcome', `the timeline differs: ${firstDifference(must, found)}`);
}

/** Everybody is told of everything, shown once, sent at least once, and of nothing else. TELL-1, TELL-2 */
function judgeTellings(
  { kind, id, tellings }: SeenSubject,
  due: Computed,
  { wantMail, endpoint }: Pick<World, 'wantMail' | 'endpoint'>,
  say: Say,
): void {
  const found = new Map(tellings.map((telling) => [telling.id, telling]));
  for (const telling of tellingsDue(`${kind}/${id}`, due, { wantMail, endpoint })) {
    const one = found.get(telling);
    found.delete(telling);
    if (!one) say('lost', `nobody is told of it: ${telling} is missing`);
    else if (one.channel !== 'in_app' && one.state !== 'sent') say('lost', `${telling} was never sent: ${one.state}`);
    else if (one.channel !== 'in_app' && !one.arrived) say('lost', `${telling} was sent, and never arrived`);
  }
  for (const telling of found.keys()) say('wrongOutcome', `somebody is told what no rule asks for: ${telling}`);
}

/** The messages, mails and webhooks of a subject, by the ids under which MongoDB holds them. */
export function tellingsDue(
  subject: string,
  { notices, events }: Pick<Computed, 'notices' | 'events'>,
  { wantMail, endpoint }: Pick<World, 'wantMail' | 'endpoint'>,
): Set<string> {
  const told = notices.map(({ seq, notice: { to } }) => ({ seq, inbox: inboxOf(to.role, to.id) }));
  return new Set([
    ...told.map(({ seq, inbox }) => `${subject}/${seq}/${inbox}/in_app`),
    ...told.filter(({ inbox }) => wantMail.has(inbox)).map(({ seq, inbox }) => `${subject}/${seq}/${inbox}/email`),
    ...events.flatMap(({ event }, index) =>
      webhookEvent(subject, event.type) === undefined ? [] : [`${subject}/${index + 1}/webhook/${endpoint}`],
    ),
  ]);
}

/** Each deadline fires when it is due, but for outages of ours. POL-6 */
function judgeTimes(_: SeenSubject, due: Computed, { outages, slackMs }: World, say: Say): number {
  let latest = 0;
  for (const { kind, due: dueAt, firedAt, extended } of due.passed) {
    const beyond = firedAt - dueAt - excused(outages, dueAt, firedAt);
    latest = Math.max(latest, beyond);
    if (firedAt < dueAt) say('wrongOutcome', `${kind} fired ${dueAt - firedAt} ms before it was due`);
    if (beyond > slackMs)
      say('late', `${kind} ${extended ? 'was extended' : 'fired'} ${beyond} ms later than outages excuse`);
  }
  return latest;
}

/** How much of a span machines were down, in ms. */
function excused(outages: Outage[], from: number, to: number): number {
  let total = 0;
  let upTo = from;
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    const begin = Math.max(upTo, outage.from);
    const end = Math.min(to, outage.to);
    if (end > begin) {
      total += end - begin;
      upTo = end;
    }
  }
  return total;
}

/** Every entry that the rules ask for, once, and no other; all accounts sum to nothing, and the provider's agrees with its movements. REF-5 */
function judgeBooks(
  { ledger, movements, subjects }: World,
  computed: Map<string, Computed>,
  deviations: Deviation[],
): void {
  const plotOf = plots(subjects);
  const say = (subject: string, what: string) =>
    deviations.push({ counter: 'unbalanced', subject, plot: plotOf(subject), what });
  const found = groupBy(ledger, ({ id }) => id);
  for (const [subject, { ledger: must }] of computed) {
    for (const entry of must) {
      const [one, ...more] = found.get(entry.id) ?? [];
      found.delete(entry.id);
      if (!one) say(subject, `${entry.kind} of ${entry.amount} is not in the ledger (${entry.id})`);
      else if (more.length > 0)
        say(subject, `${entry.kind} of ${entry.amount} is in the ledger ${more.length + 1} times`);
      else if (!isDeepStrictEqual(plain(one), plain(entry)))
        say(subject, `the ledger's ${entry.id} differs: ${differences(plain(entry), plain(one)).join('; ')}`);
    }
  }
  for (const [id, entries] of found) {
    const entry = entries[0];
    say(subjectOf(id), `the ledger has ${entry?.kind} of ${entry?.amount} (${id}), which no rule asks for`);
  }
  const balances = new Map<string, number>();
  for (const { debit, credit, amount } of ledger) {
    balances.set(debit, (balances.get(debit) ?? 0) + amount);
    balances.set(credit, (balances.get(credit) ?? 0) - amount);
  }
  const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);
  if (sum(balances.values()) !== 0) say('ledger', `the accounts sum to ${sum(balances.values())}`);
  const paid = sum(ledger.filter(({ credit }) => credit === 'payment_provider').map(({ amount }) => amount));
  const moved = sum(movements.map(({ amount }) => amount));
  if (paid !== moved) say('ledger', `the books say that the provider paid ${paid}, the provider says ${moved}`);
}

/** Each movement due exactly once with its exact amount, and no other; nothing beyond what an order's goods cost. REF-3, REF-4 */
function judgeMovements(
  { movements, subjects }: World,
  computed: Map<string, Computed>,
  deviations: Deviation[],
): void {
  const plotOf = plots(subjects);
  const say = (counter: Counter, subject: string, what: string) =>
    deviations.push({ counter, subject, plot: plotOf(subject), what });
  const found = groupBy(movements, ({ key }) => key);
  for (const [subject, { movements: must }] of computed) {
    for (const { key, kind, amount } of must) {
      const moved = found.get(key) ?? [];
      found.delete(key);
      const [one] = moved;
      if (!one) say('wrongOutcome', subject, `the provider never moved ${kind} ${amount} (${key})`);
      else if (moved.length > 1) say('movedTwice', subject, `the provider moved ${key} ${moved.length} times`);
      else if (one.amount > amount) say('movedTwice', subject, `${key} moved ${one.amount}, due were ${amount}`);
      else if (one.amount !== amount || one.kind !== kind)
        say('wrongOutcome', subject, `${key} moved ${one.kind} ${one.amount}, due was ${kind} ${amount}`);
    }
  }
  for (const [key, [movement]] of found)
    say(
      'movedTwice',
      subjectOf(key),
      `the provider moved ${movement?.kind} ${movement?.amount} (${key}), which no rule asks for`,
    );

  const purposes = groupBy(movements, ({ key }) => key.slice(0, key.lastIndexOf('/')));
  for (const [purpose, moved] of purposes) {
    if (new Set(moved.map(({ key }) => key)).size > 1)
      say('movedTwice', subjectOf(purpose), `${purpose} moved under ${moved.map(({ key }) => key).join(' and ')}`);
  }
  for (const [subject, { state }] of computed) {
    if (!subject.startsWith('order/') || !state) continue;
    const { facts } = state as unknown as { facts: OrderFacts };
    const back = movements
      .filter(({ orderId, key }) => orderId === facts.id && /^case\/.*\/(refund|compensation)\//.test(key))
      .reduce((total, { amount }) => total + amount, 0);
    if (back > goodsPrice(facts))
      say('movedTwice', subject, `its cases brought back ${back}, more than the goods' ${goodsPrice(facts)}`);
  }
}

const subjectOf = (key: string) => key.split('/').slice(0, 2).join('/');
const plots = (subjects: SeenSubject[]) => {
  const byName = new Map(subjects.map(({ kind, id, plot }) => [`${kind}/${id}`, plot]));
  return (subject: string) => byName.get(subject) ?? '';
};

function groupBy<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** As it comes back from a database: no undefined, no order of keys. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

function firstDifference(must: string[], found: string[]): string {
  const index = must.findIndex((line, at) => line !== found[at]);
  const at = index < 0 ? must.length : index;
  return `at ${at + 1} must be "${must[at] ?? 'nothing'}", is "${found[at] ?? 'nothing'}"`;
}

/** The places where two values differ, with both; at most five. */
function differences(must: unknown, found: unknown, path = ''): string[] {
  if (isDeepStrictEqual(must, found)) return [];
  const inside = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!inside(must) || !inside(found))
    return [`${path || 'all'} must be ${JSON.stringify(must)}, is ${JSON.stringify(found)}`];
  const keys = [...new Set([...Object.keys(must), ...Object.keys(found)])];
  return keys.flatMap((key) => differences(must[key], found[key], path ? `${path}.${key}` : key)).slice(0, 5);
}
