import { describe, expect, it } from 'vitest';
import type { CaseEvent } from '../../src/domain/case/case.ts';
import { runningInCase } from '../../src/domain/case/deadlines.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import type { Deadline } from '../../src/domain/deadline.ts';
import {
  extendAfterOutage,
  isConcerned,
  type OutageExtension,
  outageExtensionSchema,
} from '../../src/domain/deadlineExtension.ts';
import { runningInOrder } from '../../src/domain/order/deadlines.ts';
import { orderAllocationChanges } from '../../src/domain/order/effects.ts';
import type { OrderEvent } from '../../src/domain/order/order.ts';
import { hours } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { givenCase, givenOrder } from './specification.ts';

const iso = (at: number) => new Date(at).toISOString();
const from = Date.parse('2026-03-02T04:00:00Z');
const deadline: Deadline = { kind: 'merchantDecision', from, at: from + hours(48) };
const extension = (more: Partial<OutageExtension> = {}): OutageExtension => ({
  by: 'PT6H',
  reason: '平台故障',
  runningSince: iso(from),
  ...more,
});
const by = (at: number) => ({ actor: { role: 'admin' as const, id: 'ad-1' }, at });

describe('POL-5: an extension of everything that runs, after an outage', () => {
  it.each([
    ['begun at the request', {}, true],
    ['begun a moment after the request', { runningSince: iso(from - 1) }, false],
    ['of its kinds', { kinds: ['buyerReturn', 'merchantDecision'] }, true],
    ['of another kind', { kinds: ['buyerReturn'] }, false],
    ['ending before its bound', { endingBefore: iso(deadline.at + 1) }, true],
    ['ending at its bound', { endingBefore: iso(deadline.at) }, false],
  ] as [string, Partial<OutageExtension>, boolean][])('a deadline %s', (_, more, concerned) => {
    expect(isConcerned(deadline, extension(more))).toBe(concerned);
  });

  it('moves each deadline by its length, from where it was, and says why and who', () => {
    const { events, answer } = extendAfterOutage({ rulesVersion: 3 }, [deadline], extension(), by(from + hours(1)));
    expect(answer).toEqual({ kind: 'accepted' });
    expect(events).toEqual([
      {
        type: 'deadlineExtended',
        ...by(from + hours(1)),
        rule: 'POL-5',
        deadline: { ...deadline, at: deadline.at + hours(6), movedAt: from + hours(1) },
        was: deadline.at,
        reason: '平台故障',
      },
    ]);
  });

  it('INT-9: a case’s own deadline and that of its merchant’s appeal move together, and each is told', () => {
    const events = caseStory.everyPlace['refunded, the merchant may appeal']!;
    const { state } = givenCase(...events);
    const running = runningInCase(state);
    expect(running.map(({ kind }) => kind)).toEqual(['merchantAppeal']);
    const runningSince = iso(state.updatedAt);
    const moved = extendAfterOutage(state, running, extension({ runningSince }), by(state.updatedAt))
      .events as CaseEvent[];
    const after = givenCase(...events, ...moved).state;
    expect(runningInCase(after)[0]!.at).toBe(running[0]!.at + hours(6));
    const told = caseNotices(after, moved[0]!);
    expect(told.map(({ to, deadline: shown }) => [to.role, shown?.at])).toEqual([
      ['consumer', running[0]!.at + hours(6)],
      ['merchant', running[0]!.at + hours(6)],
    ]);
  });

  it('ELIG-3: an order’s after-sales period lets applications in for as much longer', () => {
    const { state } = givenOrder(...orderStory.everyPlace['delivered']!);
    const [period] = runningInOrder(state);
    const { events } = extendAfterOutage(
      state,
      [period!],
      extension({ runningSince: iso(period!.from) }),
      by(state.updatedAt),
    );
    const changes = orderAllocationChanges(state, events[0] as OrderEvent);
    expect(changes).toEqual([{ change: 'extend', orderId: state.facts.id, until: period!.at + hours(6) }]);
  });

  it('is refused where nothing runs that it is about', () => {
    const { state } = givenCase(...caseStory.refunded());
    expect(extendAfterOutage(state, runningInCase(state), extension(), by(from)).answer).toMatchObject({
      kind: 'refused',
      refusal: { code: 'no_running_deadline' },
    });
  });

  it.each([
    ['by', 'PT0S'],
    ['by', 'six hours'],
    ['by', 'P32D'],
    ['reason', ' '],
    ['kinds', []],
    ['kinds', ['lunch']],
    ['endingBefore', 'tomorrow'],
    ['runningSince', undefined],
  ])('%s can not be %j', (field, value) => {
    const read = outageExtensionSchema.safeParse({ ...extension(), [field]: value });
    expect(read.error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });
});
