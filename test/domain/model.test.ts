import { describe, expect, it } from 'vitest';
import { mutants } from '../model/mutants.ts';
import { occurrences } from '../model/mutation.ts';
import { missed, type PropertyName, prove, shareOf } from '../model/proving.ts';

// The deciders in whatever order: `npm run prove` walks a hundred thousand sequences, this a few thousand that gate.

const titles: Record<PropertyName, string> = {
  cases:
    'CASE-1 to CASE-17, INT-1 to INT-9, POL-3 to POL-7, REF-3 to REF-5, TELL-1: a case is paid once, ends once, on time, and is never stuck',
  orders:
    'ORD-1 to ORD-11, REF-3 to REF-5: an order never pays out more than it received, ends once, and is never stuck',
  tickets:
    'INT-8, POL-3 to POL-7, TELL-1: a support ticket ends once, by an agent or by silence, and nothing that was in time is lost',
  marketplaces:
    'ELIG-1 to ELIG-6, REF-1, REF-3, REF-7: of an order with several cases at once no unit and no cent is in two places',
};

describe('whatever happens, in whatever order', () => {
  it.each(Object.entries(titles) as [PropertyName, string][])(
    '%s: %s',
    (name) => {
      const { coverage, broken } = prove(name, { sequences: shareOf(name, 8_000), seed: 7 });
      expect(broken).toBeUndefined();
      expect(missed(name, coverage), 'places that no walk came to').toEqual([]);
    },
    120_000,
  );

  it.each(mutants)('$file has once what the mutant "$says" replaces', (mutant) => {
    expect(occurrences(mutant)).toBe(1);
    expect(mutant.replace).not.toBe(mutant.find);
  });
});
