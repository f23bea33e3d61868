import * as fc from 'fast-check';
import type { CaseKind, Reason } from '../../src/domain/case/kinds.ts';
import type { Prelude } from './preludes.ts';
import { wishes } from './sequences.ts';
import { type Step, walks } from './steps.ts';

/** When a step at the marketplace is taken: round the moments at which the order's windows close. ELIG-2, ELIG-3 */
const moments = [
  'at once',
  'an hour later',
  'the period ends',
  'the period just over',
  'the no-reason window ends',
  'the no-reason window just over',
] as const;

/** One step at the marketplace: somebody applies, an operation on the allocation goes on, or a case takes a step of its own. */
export type MarketStep = {
  does: 'apply' | 'read' | 'write' | 'repeat' | 'look' | 'extend' | 'complete' | 'case';
  moment: (typeof moments)[number];
  by: 'consumer' | 'agent';
  wish: { kind: CaseKind; reason: Reason };
  /** How many of each line. */
  lines: number[];
  pick: number;
  /** How far a case that is opened has come at once. */
  prelude: Prelude;
  step: Step;
};

const often = <Value>(weight: number, value: Value) => ({ weight, arbitrary: fc.constant(value) });

export const marketSteps: fc.Arbitrary<MarketStep[]> = fc.array(
  fc.record({
    does: fc.oneof(
      often(6, 'apply' as const),
      often(4, 'read' as const),
      often(10, 'write' as const),
      often(1, 'repeat' as const),
      often(1, 'look' as const),
      often(1, 'extend' as const),
      often(1, 'complete' as const),
      often(20, 'case' as const),
    ),
    moment: fc.oneof(
      often(100, moments[0]),
      often(4, moments[1]),
      ...moments.slice(2).map((moment) => often(1, moment)),
    ),
    by: fc.constantFrom('consumer' as const, 'consumer' as const, 'agent' as const),
    wish: wishes,
    lines: fc.tuple(fc.constantFrom(1, 2, 0, 3), fc.constantFrom(0, 0, 1, 2), fc.constantFrom(0, 0, 0, 1)),
    pick: fc.nat(60),
    prelude: fc.constantFrom<Prelude>(
      'just opened',
      'not taken',
      'just opened',
      'not taken',
      'refused',
      'sent back',
      'agreed on a cent',
    ),
    step: walks(1).map(([step]) => step as Step),
  }),
  { minLength: 1, maxLength: 70, size: 'max' },
);
