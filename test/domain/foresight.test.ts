import { describe, expect, it } from 'vitest';
import { type CaseEvent, type CaseState, isFinal, openPayment } from '../../src/domain/case/case.ts';
import type { Imagined } from '../../src/domain/case/course.ts';
import { caseDeadlines } from '../../src/domain/case/deadlines.ts';
import { type Foresight, foresee, foreseeAction } from '../../src/domain/case/foresight.ts';
import { days, hours } from '../builders.ts';
import * as story from './caseStories.ts';
import { consumer, givenCase, merchant } from './specification.ts';

const { at, price } = story;
const stateAfter = (events: CaseEvent[]): CaseState => givenCase(...events).state;
const now = (state: CaseState) => state.updatedAt;

/** What would happen, in short: when, what, under which rule. */
const told = ({ steps }: Foresight) => steps.map((step) => [step.at, step.type, step.rule]);

function imagined(events: CaseEvent[], action: Imagined): Foresight {
  const state = stateAfter(events);
  const outcome = foreseeAction(state, action, now(state));
  if ('refusal' in outcome) throw new Error(`refused: ${outcome.refusal.code}`);
  return outcome;
}

describe('SEE-1: what happens if nobody acts', () => {
  it('CASE-3, CASE-7: silence approves, and nothing sent back closes', () => {
    const future = foresee(stateAfter(story.opened()), at.opened);
    const approvedAt = at.opened + hours(48);
    expect(told(future)).toEqual([
      [approvedAt, 'applicationApproved', 'CASE-3'],
      [approvedAt, 'returnAwaited', 'CASE-7'],
      [approvedAt + days(7), 'caseClosed', 'CASE-7'],
    ]);
    expect(future.steps[1]?.deadline).toMatchObject({ kind: 'buyerReturn', rule: 'CASE-7', waitingFor: 'consumer' });
    expect(future.ending).toEqual({
      at: approvedAt + days(7),
      status: 'closed',
      closeReason: 'no_return_shipment',
    });
    expect(future.money).toEqual([]);
    expect(future.waitsFor).toBeUndefined();
  });

  it('CASE-9, CASE-11: a parcel nobody confirms is refunded, once', () => {
    const future = foresee(stateAfter(story.sentBack()), at.sent);
    const when = at.sent + days(7);
    expect(future.ending).toEqual({ at: when, status: 'refunded' });
    expect(future.money).toEqual([{ at: when, kind: 'refund', from: 'platform', to: 'consumer', amount: price }]);
  });

  it('CASE-13: no voucher: the platform compensates, and the merchant owes a penalty', () => {
    const future = foresee(stateAfter(story.awaitingVoucher()), at.received);
    const when = at.received + hours(48);
    expect(future.ending).toEqual({ at: when, status: 'compensated' });
    expect(future.money).toEqual([
      { at: when, kind: 'compensation', from: 'platform', to: 'consumer', amount: price },
      { at: when, kind: 'penalty', from: 'merchant', to: 'platform', amount: 645 },
    ]);
  });

  it('INT-5: an overdue ruling is escalated and waits for an agent; it ends by nobody’s silence', () => {
    const future = foresee(stateAfter(story.adjudicating()), at.later);
    expect(future.steps.map(({ type }) => type)).toEqual(['adjudicationEscalated']);
    expect(future).toMatchObject({ waitsFor: 'agent' });
    expect(future.ending).toBeUndefined();
  });

  it('CASE-14: a refused refund waits for an agent', () => {
    expect(foresee(stateAfter(story.refundFailed()), at.later)).toEqual({ steps: [], money: [], waitsFor: 'agent' });
  });

  it('INT-9: what runs beside the end is told of too', () => {
    const events = story.wonAndRefunded();
    const future = foresee(stateAfter(events), events.at(-1)!.at);
    expect(future.steps.map(({ type }) => type)).toEqual(['merchantAppealLapsed']);
    expect(future.ending?.status).toBe('refunded');
  });

  it('POL-6: a deadline that our outage kept from firing is extended first', () => {
    const late = at.opened + hours(50);
    const [first] = foresee(stateAfter(story.opened()), late).steps;
    expect(first).toMatchObject({ type: 'deadlineExtended', rule: 'POL-6', at: late });
    expect(first?.deadline?.at).toBe(late + hours(4));
  });

  it.each(Object.entries(story.everyPlace))('from %s it ends, or waits for an agent', (_, events) => {
    const state = stateAfter(events);
    const before = structuredClone(state);
    const future = foresee(state, now(state));
    expect(state).toEqual(before);
    expect(future.ending !== undefined || future.waitsFor === 'agent').toBe(true);
    // What it says of the next deadline is what the case itself says.
    const [next] = caseDeadlines(state);
    if (next && !openPayment(state)) expect(future.steps[0]?.at).toBe(next.at);
    if (isFinal(state.stage.status)) expect(future.ending?.status).toBe(state.stage.status);
    const times = future.steps.map((step) => step.at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });
});

describe('SEE-1: what happens if an action comes now', () => {
  it('CASE-2: an approval starts the way back', () => {
    const future = imagined(story.opened(), {
      name: 'merchantDecision',
      fields: { decision: 'approve' },
      actor: merchant,
    });
    expect(future.steps[0]).toMatchObject({ type: 'applicationApproved', rule: 'CASE-2', at: at.opened });
    expect(future.ending).toMatchObject({ at: at.opened + days(7), closeReason: 'no_return_shipment' });
  });

  it('CASE-16: an accepted proposal of a part brings that part', () => {
    const half = { kind: 'refund_only', amount: price / 2 } as const;
    const future = imagined(story.proposed(story.refusedByMerchant(), half), {
      name: 'proposalResponse',
      fields: { decision: 'accept' },
      actor: consumer,
    });
    expect(future.ending?.status).toBe('refunded');
    expect(future.money.map(({ amount }) => amount)).toEqual([price / 2]);
  });

  it('CASE-14: a settlement by hand counts as the refund', () => {
    const future = imagined(story.refundFailed(), {
      name: 'manualSettlement',
      fields: { reference: 'bank-1', note: '线下转账' },
      actor: story.senior,
    });
    expect(future.ending?.status).toBe('refunded');
    expect(future.money).toHaveLength(1);
  });

  it('what the rules refuse is refused with its code, and what it would need', () => {
    const state = stateAfter(story.opened());
    const refusal = (action: Imagined) => foreseeAction(state, action, at.opened);
    expect(
      refusal({ name: 'merchantDecision', fields: { decision: 'refuse', refusalCode: 'goods_used' }, actor: merchant }),
    ).toMatchObject({ refusal: { code: 'evidence_required', field: 'evidenceIds' } });
    expect(
      refusal({ name: 'trackingNumber', fields: { carrier: 'SF', trackingNumber: '1' }, actor: consumer }),
    ).toMatchObject({ refusal: { code: 'action_not_available' } });
  });
});
