import { expect, it } from 'vitest';
import { presentTimelineItem } from '../../src/api/cases/present.ts';
import type { TimelineDocument } from '../../src/store/documents.ts';
import { hours, noon } from '../builders.ts';

const iso = (at: number) => new Date(at).toISOString();
const item = (more: Partial<TimelineDocument>): TimelineDocument => ({
  _id: 'case/1/2',
  subject: 'case/1',
  seq: 2,
  at: new Date(noon),
  type: 'merchantSilent',
  actor: { role: 'timer' },
  rule: 'INT-1',
  status: 'application_refused',
  detail: {},
  ...more,
});

it('SEE-2: a step that one deadline brought and that sets another names both', () => {
  const passedDeadline = { kind: 'merchantDecision', at: noon, from: noon - hours(48) };
  const next = { kind: 'interventionWindow' as const, at: noon + hours(48) };
  expect(presentTimelineItem(item({ deadline: next, detail: { passedDeadline } }))).toMatchObject({
    deadline: { kind: 'interventionWindow', at: iso(next.at) },
    detail: { passedDeadline: { kind: 'merchantDecision', at: iso(noon) } },
  });
  expect(presentTimelineItem(item({ detail: { passedDeadline } }))).toMatchObject({
    deadline: { kind: 'merchantDecision', at: iso(noon) },
    detail: {},
  });
});

it('times are ISO 8601, also when an order was delivered', () => {
  const { detail } = presentTimelineItem(item({ type: 'orderDelivered', detail: { deliveredAt: noon } }));
  expect(detail).toEqual({ deliveredAt: iso(noon) });
});
