import { expect, it } from 'vitest';
import { countsFrom } from '../../src/domain/decision.ts';
import { aPolicy, hours, noon } from '../builders.ts';

const minutes = (count: number) => count * 60_000;

it.each([
  ['one that was handed over at once', undefined, noon],
  ['a repeat within the tolerance', noon + minutes(5) - 1, noon],
  ['a repeat at its end', noon + minutes(5), noon],
  ['a repeat after it', noon + minutes(5) + 1, noon + minutes(5) + 1],
  ['a repeat two days later', noon + hours(48), noon + hours(48)],
])(
  'POL-4: what a command gives another to do counts from its receipt, or from when it came through: %s',
  (_, handedOverAt, from) => {
    expect(countsFrom({ receivedAt: noon, ...(handedOverAt ? { handedOverAt } : {}) }, aPolicy())).toBe(from);
  },
);
