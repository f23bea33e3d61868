import type { ShownDeadline } from './deadline.ts';

/** Where agents' work waits for them: INT-2, INT-5, INT-9, overdue of both, CASE-14 and ORD-11, INT-8. */
export const queues = ['audit', 'adjudication', 'appeal', 'escalated', 'refund-failures', 'tickets'] as const;
export type Queue = (typeof queues)[number];

/** A subject in a queue: the deadline it waits under there, if one runs, and since when it waits, UTC ms. */
export type Standing = { queue: Queue; deadline?: ShownDeadline; since: number };

/** Later than any deadline, which lies at most a few hundred years ahead. */
const behindEveryDeadline = 1e15;

/** A standing's place in line, smallest first: what is due first in front, what has no deadline behind, oldest first. */
export const placeInLine = ({ deadline, since }: Standing): number => deadline?.at ?? behindEveryDeadline + since;

/** What is listed of a subject's standings. One that stands in several queues has in each of them its foremost place. */
export function listedStandings(standings: readonly Standing[]): { queues?: Queue[]; queuePlace?: number } {
  if (standings.length === 0) return {};
  return {
    queues: standings.map(({ queue }) => queue),
    queuePlace: Math.min(...standings.map(placeInLine)),
  };
}
