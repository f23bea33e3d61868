import type { Deadline } from './deadline.ts';
import type { Actor } from './parties.ts';

/** An entry of a subject's timeline; `at` in UTC ms. SEE-1 */
export type TimelineItem = {
  seq: number;
  at: number;
  type: string;
  actor: Actor;
  rule: string;
  deadline?: Pick<Deadline, 'kind' | 'at'>;
  detail: Record<string, unknown>;
  status: string;
};

/** An event as the timeline shows it: who, what, when, why, under which rule, and where it left the subject. SEE-1, SEE-2 */
export function timelineItem(
  event: { type: string; at: number; actor: Actor; rule: string; deadline?: Deadline; facts?: unknown },
  seq: number,
  status: string,
): TimelineItem {
  const { type, at, actor, rule, deadline, facts: _whole, ...detail } = event;
  return {
    seq,
    at,
    type,
    actor,
    rule,
    ...(deadline ? { deadline: { kind: deadline.kind, at: deadline.at } } : {}),
    detail,
    status,
  };
}
