import * as fc from 'fast-check';
import { roles } from '../../src/domain/parties.ts';

/** When a step is taken: at once, a while later, or round the moment at which the running deadline passes. POL-3 */
export const moments = [
  'at once',
  'a second later',
  'an hour later',
  '1 ms before the deadline',
  'at the deadline',
  '1 ms after the deadline',
  'once the deadline has fired',
] as const;

/**
 * One step of a walk. A command is somebody's, takes `delay` ms to arrive, and may have something odd about it; an effect comes back;
 * a result comes again; workers are away; the history has grown long, and a new run goes on; an operator sends nonsense.
 */
export type Step = {
  what: 'command' | 'effect' | 'wait' | 'echo' | 'outage' | 'new run' | 'nonsense';
  moment: (typeof moments)[number];
  who: (typeof roles)[number] | 'operator';
  /** Which of what is possible, as far as there is a choice. */
  pick: number;
  variant: number;
  mood: number;
  delay: number;
  odd: 'nothing' | 'sent twice' | 'names its version' | 'stale' | 'ill-fitting' | 'not on offer';
};

const often = <Value>(weight: number, value: Value) => ({ weight, arbitrary: fc.constant(value) });

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    often(20, 'command' as const),
    often(10, 'effect' as const),
    often(4, 'wait' as const),
    often(1, 'echo' as const),
    often(2, 'outage' as const),
    often(1, 'new run' as const),
    often(1, 'nonsense' as const),
  ),
  moment: fc.oneof(
    often(12, moments[0]),
    often(8, moments[1]),
    often(3, moments[2]),
    often(1, moments[3]),
    often(2, moments[4]),
    often(1, moments[5]),
    often(1, moments[6]),
  ),
  who: fc.constantFrom(...roles, 'operator' as const),
  pick: fc.nat(60),
  variant: fc.nat(11),
  mood: fc.nat(125),
  delay: fc.constantFrom(0, 0, 0, 1, 2_000, 3_000),
  odd: fc.oneof(
    often(16, 'nothing' as const),
    often(1, 'sent twice' as const),
    often(1, 'names its version' as const),
    often(1, 'stale' as const),
    often(2, 'ill-fitting' as const),
    often(3, 'not on offer' as const),
  ),
});

/** Walks of up to `most` steps. */
export const walks = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 1, maxLength: most, size: 'max' });
