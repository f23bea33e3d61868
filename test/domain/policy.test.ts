import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { durationMs, readDuration } from '../../src/domain/policy/duration.ts';
import {
  agentLeaseMs,
  outageExtensionMs,
  type PolicyDocument,
  policySchema,
  unattachedEvidenceMs,
  whole,
} from '../../src/domain/policy/policy.ts';
import { days, hours } from '../builders.ts';

describe('durations', () => {
  it.each([
    ['PT48H', hours(48)],
    ['P2D', hours(48)],
    ['P7D', days(7)],
    ['P1W', days(7)],
    ['P1W1DT1H1M1S', days(8) + hours(1) + 61_000],
    ['PT0.5S', 500],
    ['PT0.001S', 1],
    ['PT90M', hours(1.5)],
    ['P36600D', days(36_600)],
  ])('POL-1 POL-7: %s is %i ms, a day being exactly 24 h', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
    expect(durationMs(text)).toBe(ms);
  });

  const unreadable = [
    '',
    'P',
    'PT',
    'P7DT',
    'P1M',
    'P1Y',
    'PT0S',
    'P0D',
    'PT0.000S',
    '-PT1H',
    'PT-1H',
    '+PT1H',
    'PT1.5H',
    'PT0.0001S',
    'PT1H30',
    'pt48h',
    ' PT48H',
    'PT48H\n',
    'PT1H1D',
    'PT1S1M',
    'P1D1W',
    '48',
    'PT٤٨H',
    'PT1e3S',
    'P36601D',
    `PT${'9'.repeat(400)}H`,
  ];
  it.each(unreadable)('POL-1: %j is no duration', (text) => {
    expect(readDuration(text)).toBeUndefined();
    expect(() => durationMs(text)).toThrow(RangeError);
  });
});

describe('the policy document', () => {
  const faultsOf = (document: unknown) =>
    policySchema
      .safeParse(document)
      .error?.issues.map(({ path, code, ...issue }) =>
        [...path, ...(code === 'unrecognized_keys' ? (issue as never as { keys: string[] }).keys : [])].join('.'),
      );
  /** The default document with one field, named by its path, changed or (undefined) taken out. */
  const withField = (path: string, value: unknown) => {
    const document = structuredClone(defaultPolicy) as Record<string, unknown>;
    const names = path.split('.');
    const parent = names.slice(0, -1).reduce((object, name) => object[name] as Record<string, unknown>, document);
    if (value === undefined) delete parent[names.at(-1)!];
    else parent[names.at(-1)!] = value;
    return document;
  };

  it('POL-1: the default document is valid, and carries the guide’s numbers', () => {
    expect(policySchema.parse(defaultPolicy)).toEqual(defaultPolicy);
    const { unpaidOrder, merchantDecision, interventionWindow, buyerReturn, merchantReceipt, refundVoucher } =
      defaultPolicy.deadlines;
    expect(
      [unpaidOrder, merchantDecision, interventionWindow, buyerReturn, merchantReceipt, refundVoucher].map(durationMs),
    ).toEqual([hours(24), hours(48), hours(48), days(7), days(7), hours(48)]);
    expect(
      [defaultPolicy.noReasonWindow, defaultPolicy.afterSalesPeriod, defaultPolicy.lateVoucher].map(durationMs),
    ).toEqual([days(7), days(15), days(30)]);
    expect(defaultPolicy).toMatchObject({
      maxApplicationsPerLine: 5,
      onMerchantSilence: 'approve',
      noReasonCountsFromNextDay: false,
      outageTolerance: 'PT5M',
      outageExtension: 'PT4H',
      unattachedEvidence: 'P7D',
    });
  });

  const leaves = (value: unknown, path: string[] = []): string[] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]))
      : [path.join('.')];
  const fields = leaves(defaultPolicy);

  const lengthsAddedLater = ['outageExtension', 'agentLease', 'unattachedEvidence'];
  const addedLater = [...lengthsAddedLater, 'evidence.types'];
  it.each(fields)('POL-1: without %s it is refused, naming the field', (field) => {
    expect(faultsOf(withField(field, undefined))).toEqual(addedLater.includes(field) ? undefined : [field]);
    expect(faultsOf(withField(field, null))).toEqual([field]);
  });

  it('POL-2: what was published before a field was added stays valid, and has its default', () => {
    const { outageExtension, agentLease, unattachedEvidence, ...older } = defaultPolicy;
    const { types: _, ...limits } = defaultPolicy.evidence;
    const oldest = { ...older, evidence: limits };
    expect(policySchema.parse(oldest)).toEqual(defaultPolicy);
    expect(whole(oldest as PolicyDocument)).toEqual(defaultPolicy);
    const later = { outageExtension: 'PT1H', agentLease: 'PT30S', unattachedEvidence: 'P1D' };
    for (const [policy, lengths] of [
      [older, [hours(4), 900_000, days(7)]],
      [{ outageExtension, agentLease, unattachedEvidence }, [hours(4), 900_000, days(7)]],
      [later, [hours(1), 30_000, days(1)]],
    ] as const)
      expect([outageExtensionMs(policy), agentLeaseMs(policy), unattachedEvidenceMs(policy)]).toEqual(lengths);
  });

  const durations = fields.filter(
    (field) =>
      field.startsWith('deadlines.') ||
      [...lengthsAddedLater, 'outageTolerance', 'lateVoucher', 'noReasonWindow', 'afterSalesPeriod'].includes(field),
  );
  it.each(durations)('POL-1: %s takes a positive exact duration only', (field) => {
    for (const value of ['PT0S', '-PT48H', 'P1M', 'P1Y', 'two days', '', 48, 172_800_000])
      expect(faultsOf(withField(field, value)), `${value}`).toEqual([field]);
    expect(faultsOf(withField(field, 'PT2S')), 'seconds, for demos').toBeUndefined();
  });

  it.each([
    ['reminders', ['P1M'], 'reminders.0'],
    ['reminders', ['PT24H', 'PT0S'], 'reminders.1'],
    ['reminders', 'PT24H', 'reminders'],
    ['maxApplicationsPerLine', 0, 'maxApplicationsPerLine'],
    ['maxApplicationsPerLine', 2.5, 'maxApplicationsPerLine'],
    ['maxApplicationsPerLine', '5', 'maxApplicationsPerLine'],
    ['noReasonCountsFromNextDay', 'false', 'noReasonCountsFromNextDay'],
    ['onMerchantSilence', 'refuse', 'onMerchantSilence'],
    ['codPenalty.basisPoints', -1, 'codPenalty.basisPoints'],
    ['codPenalty.basisPoints', 10_001, 'codPenalty.basisPoints'],
    ['codPenalty.basisPoints', 0.5, 'codPenalty.basisPoints'],
    ['codPenalty.minimum', -1, 'codPenalty.minimum'],
    ['evidence.maxFilesPerParty', 0, 'evidence.maxFilesPerParty'],
    ['evidence.maxImageBytes', 0, 'evidence.maxImageBytes'],
    ['evidence.types', [], 'evidence.types'],
    ['evidence.types', ['image/png', 'image/svg+xml'], 'evidence.types.1'],
    ['defaultReturnAddress.phone', 'call me', 'defaultReturnAddress.phone'],
    ['defaultReturnAddress.street', '', 'defaultReturnAddress.street'],
    ['deadlines.unheardOf', 'PT1H', 'deadlines.unheardOf'],
    ['codPenalty.maximum', 1, 'codPenalty.maximum'],
    ['version', 1, 'version'],
    ['surprise', true, 'surprise'],
  ])('POL-1: %s as %j is refused, naming the field', (field, value, named) => {
    expect(faultsOf(withField(field, value))).toEqual([named]);
  });

  it('POL-1: every fault is named at once', () => {
    expect(faultsOf({ ...defaultPolicy, lateVoucher: 'P1M', afterSalesPeriod: 'PT0S', surprise: 1 })).toEqual([
      'lateVoucher',
      'afterSalesPeriod',
      'surprise',
    ]);
  });

  it.each([null, [], 'PT48H', 7])('POL-1: %j is no policy', (document) => {
    expect(policySchema.safeParse(document).success).toBe(false);
  });
});
