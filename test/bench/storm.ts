import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { cpuMsOfEach } from './cpu.ts';
import { graceMs, openCases, seedingOf, until } from './seeding.ts';
import type { Bench } from './stack.ts';

/** What became of so many deadlines that were due in one second. Tricky case 15, POL-6 */
export type StormFigures = {
  cases: number;
  openedPerSecond: number;
  /** From the moment they were due (deadline and grace) to the first and the last decision, and to the last refund. */
  firstDecidedMs: number;
  lastDecidedMs: number;
  lastRefundedMs: number;
  /** Ended in a second, from the moment they were due. */
  endedPerSecond: number;
  /** How many the backlog had extended (POL-6): they ended at their second deadline. */
  extended: number;
  /** How many had come to their end so many seconds after they were due. */
  endedBy: [seconds: number, ended: number][];
  cpuMsPerCase: Record<string, number>;
};

const second = 1_000;

/**
 * Opens cases whose merchants will stay silent, all received at the same moment, so that all their deadlines fall into one
 * second; then each is approved by itself and refunded.
 * @throws Error where one does not end, ends twice, or moves its money not exactly once.
 */
export async function measureStorm(
  bench: Bench,
  { cases, seedMs }: { cases: number; seedMs: number },
  progress: (message: string) => void,
): Promise<StormFigures> {
  const { pids, providerUrl } = bench;
  const seeding = await seedingOf(bench);
  const { timeline, cases: documents, ledger } = seeding.models;
  try {
    const refunded = () => documents.collection.countDocuments({ status: 'refunded' });
    const refundedBefore = await refunded();
    const receivedAt = Date.now();
    const dueAt = receivedAt + seedMs + graceMs;
    const policy = {
      ...defaultPolicy,
      deadlines: { ...defaultPolicy.deadlines, merchantDecision: `PT${seedMs / second}S` },
      reminders: [],
      version: 1,
    };
    progress(`storm: opening ${cases} cases that are due at ${new Date(dueAt).toISOString()}`);
    const wish = { from: 0, count: cases, kind: 'refund_only' as const, policy, receivedAt };
    const caseIds = await openCases(bench, seeding, wish);
    const openedMs = Date.now() - receivedAt;
    if (openedMs > seedMs)
      throw new Error(`opening took ${openedMs} ms, longer than the ${seedMs} ms until they are due`);
    progress(`storm: ${cases} cases sleep; ${Math.round((dueAt - Date.now()) / second)} s until they are due`);

    const before = cpuMsOfEach(pids.case);
    const endedBy: [number, number][] = [];
    await until(async () => {
      const ended = (await refunded()) - refundedBefore;
      if (Date.now() >= dueAt) endedBy.push([(Date.now() - dueAt) / second, ended]);
      return ended >= cases;
    }, second);
    const after = cpuMsOfEach(pids.case);

    const known = new Set(caseIds);
    const subjects = caseIds.map((id) => `case/${id}`);
    const of = async (type: string) =>
      (await timeline.collection
        .find({ subject: { $in: subjects }, type } as never, { projection: { subject: 1, at: 1 } })
        .toArray()) as unknown as { subject: string; at: Date }[];
    const [approved, settled, extended] = await Promise.all([
      of('applicationApproved'),
      of('refundSettled'),
      of('deadlineExtended'),
    ]);
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { key: string }[];
    const ours = movements.filter(({ key }) => known.has(key.split('/')[1] ?? ''));
    const booked = await ledger.collection.countDocuments({ caseId: { $in: caseIds } });
    for (const [what, count] of Object.entries({
      approvals: approved.length,
      'cases approved': new Set(approved.map(({ subject }) => subject)).size,
      refunds: settled.length,
      'cases refunded': new Set(settled.map(({ subject }) => subject)).size,
      'movements of the provider': ours.length,
      'ledger entries': booked,
    }))
      if (count !== cases) throw new Error(`of ${cases} cases there are ${count} ${what}`);

    const decidedMs = approved.map(({ at }) => at.getTime() - dueAt).toSorted((a, b) => a - b);
    const lastRefundedMs = Math.max(...settled.map(({ at }) => at.getTime() - dueAt));
    return {
      cases,
      openedPerSecond: (cases * second) / openedMs,
      firstDecidedMs: decidedMs[0]!,
      lastDecidedMs: decidedMs.at(-1)!,
      lastRefundedMs,
      endedPerSecond: (cases * second) / lastRefundedMs,
      extended: extended.length,
      endedBy,
      cpuMsPerCase: Object.fromEntries(
        Object.keys(pids.case).map((name) => [name, (after[name]! - before[name]!) / cases]),
      ),
    };
  } finally {
    await seeding.close();
  }
}
