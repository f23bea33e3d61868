import * as fc from 'fast-check';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import type { Policy, PolicyDocument } from '../../src/domain/policy/policy.ts';
import { days, hours } from '../builders.ts';

/** Durations of all sizes, from demos' seconds to months, with their lengths in ms written out beside them. */
const durations: Record<string, number> = {
  PT1S: 1_000,
  'PT2.5S': 2_500,
  PT10M: 600_000,
  PT3H59M: hours(3) + 59 * 60_000,
  PT24H: hours(24),
  PT48H: hours(48),
  PT72H: hours(72),
  P7D: days(7),
  P1W: days(7),
  P15D: days(15),
  P30D: days(30),
  PT5M: 300_000,
  PT4H: hours(4),
};

/** The length in ms of a duration that arbitrary policies may hold: the rules' own reading of it has no hand in this. POL-7 */
export function lengthOf(duration: string): number {
  const ms = durations[duration];
  if (ms === undefined) throw new RangeError(`no model policy has ${duration}`);
  return ms;
}

// shrunk, a policy becomes the usual one
const duration = (usual: string) =>
  fc.constantFrom(...Array(12).fill(usual), ...Object.keys(durations)) as fc.Arbitrary<string>;

// objects as JSON has them, since a policy comes out of a document
const plain = { noNullPrototype: true };

const deadlines = fc.record(
  Object.fromEntries(Object.entries(defaultPolicy.deadlines).map(([kind, usual]) => [kind, duration(usual)])),
  plain,
) as fc.Arbitrary<PolicyDocument['deadlines']>;

/** Policies of every kind: lengths, switches, penalties, reminders. POL-1 */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    deadlines,
    reminders: fc.constantFrom<string[]>(
      ['PT24H'],
      ['PT24H'],
      [],
      ['PT1S'],
      ['PT10M', 'PT24H'],
      ['P1W', 'PT24H', 'PT1S'],
      ['P7D', 'P1W'],
    ),
    outageTolerance: fc.constantFrom('PT5M', 'PT1S', 'PT24H'),
    outageExtension: fc.constantFrom('PT4H', 'PT1S', 'P30D'),
    lateVoucher: duration('P30D'),
    onMerchantSilence: fc.constantFrom('approve' as const, 'allow_intervention' as const),
    codPenalty: fc.record(
      {
        basisPoints: fc.constantFrom(500, 0, 1, 333, 10_000),
        minimum: fc.constantFrom(500, 0, 1, 1_000_000),
      },
      plain,
    ),
    maxApplicationsPerLine: fc.constantFrom(5, 1, 2, 3),
    afterSalesPeriod: duration('P15D'),
    noReasonWindow: duration('P7D'),
    noReasonCountsFromNextDay: fc.boolean(),
  })
  .map((changes) => ({ ...defaultPolicy, ...changes, version: 1 }));

/** How a policy differs from the usual one, for a story's first line. */
export function policyInWords(policy: Policy): string {
  const usual: PolicyDocument = defaultPolicy;
  const { version: _version, deadlines: lengths, ...rest } = policy;
  const changed = [
    ...Object.entries(lengths).filter(([kind, length]) => usual.deadlines[kind as keyof typeof lengths] !== length),
    ...Object.entries(rest).filter(
      ([field, value]) => JSON.stringify(usual[field as keyof typeof rest]) !== JSON.stringify(value),
    ),
  ];
  return changed.length === 0
    ? 'the usual policy'
    : `a policy with ${changed.map(([field, value]) => `${field} ${JSON.stringify(value)}`).join(', ')}`;
}
