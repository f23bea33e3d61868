import type { Deadline } from '../../domain/deadline.ts';
import type { TimelineItem } from '../../store/batch.ts';
import type { AnyEvent } from './rules.ts';

/** An event as the timeline shows it: who, what, when, why, under which rule, and where it left the subject. SEE-1, SEE-2 */
export function timelineItem(
  event: AnyEvent & { deadline?: Deadline; facts?: unknown },
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
