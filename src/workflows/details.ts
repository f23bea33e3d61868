import type { ShownDeadline } from '../domain/deadline.ts';

const iso = (ms: number) => new Date(ms).toISOString();

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
