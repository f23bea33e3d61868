import { expect, it } from 'vitest';
import { ComingActions } from '../../src/workflows/shell/coming.ts';

const deadline = { from: 1_000, at: 2_000 };

it.each([
  ['when it had just begun', 1_000, 0],
  ['just after that', 1_001, 500],
  ['just before it passed', 1_999, 500],
  ['as it passed', 2_000, 500],
  ['just after that', 2_001, 0],
])('POL-4: a deadline waits for what was received while it ran: %s', (_, receivedAt, until) => {
  const coming = new ComingActions();
  coming.add(receivedAt, 100, 400);
  expect(coming.waitedForBy(deadline)).toBe(until);
  expect(new ComingActions(coming.toJSON()).waitedForBy(deadline)).toBe(until);
});

it('POL-4: waits for the last of several, and forgets what it has waited for', () => {
  const coming = new ComingActions();
  coming.add(1_500, 100, 400);
  coming.add(1_600, 200, 100);
  expect(coming.waitedForBy(deadline)).toBe(500);
  coming.add(1_700, 500, 50);
  expect([coming.waitedForBy(deadline), coming.toJSON()]).toEqual([550, [{ receivedAt: 1_700, until: 550 }]]);
});
