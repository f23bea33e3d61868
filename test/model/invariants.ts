import type { Story } from './story.ts';

/** What must hold whenever something of this kind has happened to a subject. */
export type Invariant<Subject, Happened> = {
  rule: string;
  says: string;
  holds: (subject: Subject, happened: Happened) => boolean;
};

/** An invariant that did not hold; the message tells the story that led there. */
export class BrokenInvariant extends Error {
  readonly rule: string;

  constructor(rule: string, says: string, story: Story) {
    super(`${story.toString()}\nBroken: ${rule}: ${says}`);
    this.name = 'BrokenInvariant';
    this.rule = rule;
  }
}

/** Holds what happened against every invariant of a table; throws a {@link BrokenInvariant} at the first that does not hold. */
export function verify<Subject extends { story: Story }, Happened>(
  invariants: readonly Invariant<Subject, Happened>[],
  subject: Subject,
  happened: Happened,
): void {
  for (const { rule, says, holds } of invariants) {
    if (!holds(subject, happened)) throw new BrokenInvariant(rule, says, subject.story);
  }
}
