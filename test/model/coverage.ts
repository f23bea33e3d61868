/** Where walks have been: how often each place was come to, and how much was walked in all. */
export type Coverage = { sequences: number; steps: number; reached: Record<string, number> };

export const nowhere = (): Coverage => ({ sequences: 0, steps: 0, reached: {} });

/** Notes that a walk came to a place: a status, an event, a deadline that passed, a refusal. */
export function note({ reached }: Coverage, place: string): void {
  reached[place] = (reached[place] ?? 0) + 1;
}

/** What several walkers have seen, together. */
export function together(coverages: Coverage[]): Coverage {
  const all = nowhere();
  for (const { sequences, steps, reached } of coverages) {
    all.sequences += sequences;
    all.steps += steps;
    for (const [place, times] of Object.entries(reached)) all.reached[place] = (all.reached[place] ?? 0) + times;
  }
  return all;
}
