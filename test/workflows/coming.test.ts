import { expect, it } from 'vitest';
import { ComingActions } from '../../src/workflows/shell/coming.ts';

const deadline = { from: 1_000, at: 2_000 };
const [due, toleranceMs, bringingMs] = [2_005, 300, 60_000];

it.each([
  ['when it had just begun', 1_000, 0],
  ['just after that', 1_001, due + toleranceMs + bringingMs],
  ['just before it passed', 1_999, due + toleranceMs + bringingMs],
  ['as it passed', 2_000, due + toleranceMs + bringingMs],
  ['just after that', 2_001, 0],
])('POL-4: a deadline waits for what was received while it ran: %s', (_, receivedAt, until) => {
  const coming = new ComingActions();
  coming.add('a', receivedAt, receivedAt, true);
  expect(coming.waitedForBy(deadline, due, toleranceMs)).toBe(until);
  const inTheNextRun = new ComingActions(JSON.parse(JSON.stringify(coming)));
  expect(inTheNextRun.waitedForBy(deadline, due, toleranceMs)).toBe(until);
});

it('POL-4: heard of late, as after an outage, it is waited for from then on; what has come, or is not coming, no more', () => {
  const coming = new ComingActions();
  coming.add('a', 1_500, 1_500, true);
  coming.add('b', 1_600, 9_000, true);
  expect(coming.waitedForBy(deadline, due, toleranceMs)).toBe(9_000 + toleranceMs + bringingMs);
  expect([coming.remove('b'), coming.remove('b')]).toEqual([true, false]);
  expect(coming.waitedForBy(deadline, due, toleranceMs)).toBe(due + toleranceMs + bringingMs);
  coming.remove('a');
  expect(coming.waitedForBy(deadline, due, toleranceMs)).toBe(0);
});

it('is waited for by no deadline of a later day, and by none that was extended for it', () => {
  const coming = new ComingActions();
  coming.add('a', 1_500, 1_500, true);
  const later = (ms: number) => ({ from: 1_000, at: 1_500 + ms });
  const aDay = 24 * 3_600_000;
  expect(coming.waitedForBy(later(aDay), 1_500 + aDay, toleranceMs)).toBe(1_500 + aDay + toleranceMs + bringingMs);
  expect(coming.waitedForBy(later(aDay + 1), 1_501 + aDay, toleranceMs)).toBe(0);
  coming.add('b', 2_500, 2_500, true);
  // as a run of before 0.4.0 had it
  coming.add('c', 1_500, 1_500, false);
  expect(coming.waitedForBy(later(aDay + 1), 1_501 + aDay, toleranceMs)).toBe(1_501 + aDay + toleranceMs + bringingMs);
  coming.giveUp({ from: 1_000, at: 2_000 });
  expect(coming.toJSON().map(([id]) => id)).toEqual(['b', 'c']);
});

it('forgets after a day what never came', () => {
  const coming = new ComingActions();
  coming.add('a', 1_500, 1_500, true);
  coming.add('b', 1_600, 1_500 + 24 * 3_600_000, true);
  expect(coming.toJSON()).toHaveLength(2);
  coming.add('c', 1_700, 1_501 + 24 * 3_600_000, true);
  expect(coming.toJSON().map(([id]) => id)).toEqual(['b', 'c']);
});
