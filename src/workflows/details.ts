import type { ShownDeadline } from '../domain/deadline.ts';
import type { Hold } from '../domain/money/gate.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** What a payment that has not ended waits for. CASE-14, ORD-11 */
export function waitsForPayment({
  held,
  outcome,
}: {
  held?: Hold;
  outcome: 'requested' | 'unknown' | 'declined';
}): string {
  if (outcome === 'declined') return 'an agent: refund-retry or manual-settlement';
  if (held) return `money to be let go (${held.cause}, since ${iso(held.since)}): see /v1/money`;
  return `the payment provider (${outcome})`;
}

/** Markdown for the Temporal UI: who must act, by when, and what happens then; `waits` where no deadline runs. */
export function detailsOf(status: string, deadline: ShownDeadline | undefined, waits: string, more: string[]): string {
  const due = deadline
    ? [
        `**Must act:** ${deadline.waitingFor}`,
        `**By:** ${iso(deadline.at)} (${deadline.kind}${deadline.extendedForOutage ? ', extended after an outage' : ''})`,
        `**Otherwise:** ${deadline.onExpiry}, under ${deadline.rule}`,
      ]
    : [`**Waits for:** ${waits}`];
  return [`### ${status}`, '', ...[...due, ...more].map((line) => `- ${line}`)].join('\n');
}
