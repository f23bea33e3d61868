/** A source of chance that says the same again for the same seed. */
export type Chance = {
  /** From `from` up to, not including, `to`. */
  between: (from: number, to: number) => number;
  /** A whole number below `below`. */
  below: (below: number) => number;
  oneOf: <Item>(items: readonly Item[]) => Item;
  /** Another source, its own for this purpose: what is drawn from it moves no other draw. */
  apart: (purpose: string) => Chance;
};

/** Mulberry32: small, and even enough to choose faults by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    between: (from, to) => from + next() * (to - from),
    below: (below) => Math.floor(next() * below),
    oneOf(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new TypeError('nothing to choose from');
      return item;
    },
    apart(purpose) {
      let mixed = seed >>> 0;
      for (const letter of purpose) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 16_777_619) >>> 0;
      return chanceOf(mixed);
    },
  };
}
