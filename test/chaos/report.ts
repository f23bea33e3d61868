import type { SeenSubject, Verdict } from './judge.ts';

const clock = (at: number) => new Date(at).toISOString().slice(11, 23);

/** Each subject that is not as it must be, as a story: what deviates, what was asked, what had to happen, and what is shown. */
export function storiesOf({ deviations, computed }: Verdict, subjects: SeenSubject[]): string[] {
  const about = new Map<string, typeof deviations>();
  for (const deviation of deviations)
    about.set(deviation.subject, [...(about.get(deviation.subject) ?? []), deviation]);
  return [...about].map(([subject, found]) => {
    const seen = subjects.find(({ kind, id }) => `${kind}/${id}` === subject);
    const due = computed.get(subject);
    const lines = found.map(({ counter, what }) => `  ${counter}: ${what}`);
    const asked = (seen?.acts ?? []).map(
      ({ what, sentAt, acknowledgedAt, status, code }) =>
        `    ${clock(sentAt)} ${what}: ${status ?? 'no answer'}${code ? ` ${code}` : ''}${acknowledgedAt ? `, first acknowledged ${clock(acknowledgedAt)}` : ''}`,
    );
    const must = (due?.events ?? []).map(
      ({ event, status }, index) =>
        `    ${index + 1} ${clock(event.at)} ${event.type} (${event.rule}) by ${event.actor.role} → ${status}`,
    );
    const shown = (seen?.timeline ?? []).map(
      ({ seq, at, type, rule, status }) => `    ${seq} ${clock(at)} ${type} (${rule}) → ${status}`,
    );
    return [
      `\n${subject}, "${found[0]?.plot}"`,
      ...lines,
      '  asked for:',
      ...asked,
      '  by the rules:',
      ...must,
      '  in MongoDB:',
      ...shown,
    ].join('\n');
  });
}
