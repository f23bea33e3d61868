import { array, assert, integer, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPayment, refundState } from '../../src/domain/case/case.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../../src/domain/case/payment.ts';
import { settlementCheckKey } from '../../src/domain/effects.ts';
import {
  cameBack,
  type Gate,
  letGo,
  type MoneyOrder,
  moneyDay,
  moneyDayEnds,
  obeyMoneyOrder,
  openGate,
  takenOut,
  whyHeld,
} from '../../src/domain/money/gate.ts';
import type { ProviderAnswer } from '../../src/domain/money/provider.ts';
import { takeOrderPaymentAnswer } from '../../src/domain/order/payment.ts';
import { hours } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';

import { agent, does, givenCase, givenOrder, orders } from './specification.ts';

const noon = Date.parse('2026-03-02T04:00:00Z');
const refund = (key: string, amount = 100, currency = 'CNY') => ({
  key,
  provider: 'sandbox' as const,
  amount: { amount, currency },
});
const ordered = (gate: Gate, wanted: MoneyOrder) => {
  const obeyed = obeyMoneyOrder(gate, { ...wanted, id: 'o', at: noon, by: 'ad-1', reason: 'why' });
  if ('refusal' in obeyed) throw new Error(obeyed.refusal.code);
  return obeyed.gate;
};
const go = (gate: Gate, key: string, { amount = 100, at = noon, currency = 'CNY' } = {}) =>
  letGo(gate, refund(key, amount, currency), { token: `${key}-${at}`, at });
const capped = (amount: number) => ordered(openGate, { action: 'cap', currency: 'CNY', amount });

describe('the gate', () => {
  it('lets everything go until it is told otherwise', () => {
    const { gate, held } = go(openGate, 'a');
    expect(held).toBeUndefined();
    expect(gate).toMatchObject({ used: { CNY: 100 }, day: '2026-03-02', underWay: [{ key: 'a' }] });
  });

  it.each([
    [{ action: 'stop' }, 'stopped'],
    [{ action: 'stop', provider: 'sandbox' }, 'stopped'],
    [{ action: 'cap', currency: 'CNY', amount: 99 }, 'daily_cap'],
    [{ action: 'cap', currency: 'CNY', amount: 0 }, 'daily_cap'],
    [{ action: 'cap', currency: 'CNY', amount: 100 }, undefined],
    [{ action: 'cap', currency: 'EUR', amount: 0 }, undefined],
  ] as [MoneyOrder, string | undefined][])('%j holds 100 CNY back as %s', (wanted, cause) => {
    const gate = ordered(openGate, wanted);
    expect(go(gate, 'a').held).toEqual(cause && { outcome: 'held', cause });
    expect(whyHeld(gate, refund('a'))).toBe(cause);
  });

  it('a stop of all and one of a provider are lifted apart; what changes nothing is refused', () => {
    const both = ordered(ordered(openGate, { action: 'stop' }), { action: 'stop', provider: 'sandbox' });
    const one = ordered(both, { action: 'resume' });
    expect(go(one, 'a').held?.cause).toBe('stopped');
    expect(go(ordered(one, { action: 'resume', provider: 'sandbox' }), 'a').held).toBeUndefined();
    const again = { action: 'stop' as const, id: 'x', at: noon, by: 'ad-2', reason: 'why' };
    expect(obeyMoneyOrder(both, again)).toMatchObject({ refusal: { code: 'money_already_stopped' } });
    expect(obeyMoneyOrder(openGate, { ...again, action: 'resume' })).toMatchObject({
      refusal: { code: 'money_not_stopped' },
    });
  });

  it('numbers what it is told, and says of a cap what it was', () => {
    const gate = ordered(capped(5), { action: 'cap', currency: 'CNY', amount: null });
    expect(gate).toMatchObject({ caps: {}, last: { seq: 2, before: 5, amount: null, by: 'ad-1' } });
  });

  it('a day is the calendar’s in Asia/Shanghai: its sum begins anew at midnight there, not before', () => {
    const midnight = Date.parse('2026-03-02T16:00:00Z');
    expect(moneyDayEnds(noon)).toBe(midnight);
    expect([moneyDay(midnight - 1), moneyDay(midnight)]).toEqual(['2026-03-02', '2026-03-03']);
    const full = go(capped(100), 'a').gate;
    expect(go(full, 'b', { at: midnight - 1 }).held?.cause).toBe('daily_cap');
    const next = go(full, 'b', { at: midnight });
    expect(next.held).toBeUndefined();
    expect(next.gate.used).toEqual({ CNY: 100 });
    // a worker whose clock is behind counts on the day that has begun
    expect(go(next.gate, 'c', { at: midnight - 1 }).held?.cause).toBe('daily_cap');
  });

  it('REF-4: a key counts once however often it is tried; refused by the provider, it doesn’t count', () => {
    const once = go(capped(100), 'a').gate;
    const twice = go(once, 'a', { at: noon + 1 });
    expect([twice.held, twice.gate.used]).toEqual([undefined, { CNY: 100 }]);
    expect(cameBack(twice.gate, 'a', false)).toMatchObject({ used: { CNY: 100 }, underWay: [] });
    expect(cameBack(twice.gate, 'a', true)).toMatchObject({ used: { CNY: 0 }, underWay: [] });
    const unanswered = cameBack(once, 'a', false);
    expect(letGo(unanswered, refund('a'), { token: 't', at: noon, countedOn: unanswered.day }).gate.used).toEqual({
      CNY: 100,
    });
    expect(takenOut(unanswered, refund('a').amount, unanswered.day).used).toEqual({ CNY: 0 });
    expect(takenOut(unanswered, refund('a').amount, '2026-03-01')).toBe(unanswered);
  });

  it('what was let go before a stop is under way until it has come back, or is asked for anew', () => {
    const stopped = ordered(go(openGate, 'a').gate, { action: 'stop' });
    expect(stopped.underWay).toMatchObject([{ key: 'a' }]);
    const again = go(stopped, 'a');
    expect(again.held?.cause).toBe('stopped');
    expect(again.gate.underWay).toMatchObject([{ key: 'a', over: true }]);
    expect(go(ordered(again.gate, { action: 'resume' }), 'a').gate).toMatchObject({ used: { CNY: 100 } });
    expect(go(stopped, 'b').gate).toEqual(stopped);
  });

  it('whatever comes in whatever order, what is counted is what was let go and not given back, and never above the cap', () => {
    const step = record({ key: nat(6), amount: integer({ min: 1, max: 60 }), ends: nat(3) });
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        let gate = capped(100);
        const counted = new Map<string, number>();
        const amounts = new Map<string, number>();
        for (const { key: n, amount, ends } of steps) {
          const key = `k${n}`;
          if (!amounts.has(key)) amounts.set(key, amount);
          const asked = go(gate, key, { amount: amounts.get(key)! });
          gate = asked.gate;
          if (!asked.held) counted.set(key, amounts.get(key)!);
          if (!asked.held && ends === 0) {
            gate = cameBack(gate, key, true);
            counted.delete(key);
          }
          const sum = [...counted.values()].reduce((total, one) => total + one, 0);
          expect(gate.used['CNY'] ?? 0).toBe(sum);
          expect(sum).toBeLessThanOrEqual(100);
        }
      }),
    );
  }, 60_000);
});

const held = (cause: 'stopped' | 'daily_cap'): ProviderAnswer => ({ outcome: 'held', cause });
const paid: ProviderAnswer = { outcome: 'done', reference: 'r-1', at: 0 };

describe('a payment that is held back', () => {
  const { refundKey, at } = caseStory;
  const answers = (events: ReturnType<typeof caseStory.refunding>, answer: ProviderAnswer, when = at.later) =>
    takePaymentAnswer(givenCase(...events).state, refundKey, answer, when);

  it('REF-4, SEE-1: is told once a cause, since it first was; its money is asked for still, not unknown', () => {
    expect(answers(caseStory.refunding(), held('stopped'))).toMatchObject([
      { type: 'refundHeld', rule: 'REF-4', cause: 'stopped' },
    ]);
    const { state } = givenCase(...caseStory.refundHeld());
    expect([state.stage.status, refundState(state)]).toEqual(['refunding', 'requested']);
    expect(openPayment(state)?.held).toEqual({ cause: 'stopped', since: at.paid });
    expect(answers(caseStory.refundHeld(), held('stopped'))).toEqual([]);
    const moved = answers(caseStory.refundHeld(), held('daily_cap'));
    expect(openPayment(givenCase(...caseStory.refundHeld(), ...moved).state)?.held).toEqual({
      cause: 'daily_cap',
      since: at.paid,
    });
  });

  it('what was unknown and is held is not paid; what is held and then unknown may be', () => {
    const found = answers(caseStory.refundUnknown(), held('stopped'));
    expect(refundState(givenCase(...caseStory.refundUnknown(), ...found).state)).toBe('requested');
    const lost = answers(caseStory.refundHeld(), { outcome: 'unknown', reason: 'timeout' });
    const { state } = givenCase(...caseStory.refundHeld(), ...lost);
    expect([refundState(state), openPayment(state)?.held]).toEqual(['unknown', undefined]);
  });

  it('is settled once it is let go, as any', () => {
    expect(answers(caseStory.refundHeld(), paid)).toMatchObject([{ type: 'refundSettled' }]);
  });

  it('CASE-14: an agent may settle it by hand; the provider, who has not heard of it, is asked first', () => {
    const started = givenCase(...caseStory.refundHeld()).when(
      does('manualSettlement', { reference: 'bank-77', note: '线下转账' }, { by: agent, at: at.later }),
    );
    const { state, effects } = started.isDeferred({ type: 'manualSettlementStarted' });
    expect(effects).toMatchObject([{ type: 'checkPayment', paymentKey: refundKey }]);
    const check = settlementCheckKey(refundKey, { commandId: 'cmd-1' });
    expect(takeSettlementCheck(state, check, { outcome: 'none' }, at.later)).toMatchObject({
      answer: { kind: 'accepted' },
      events: [{ type: 'refundSettled', reference: 'bank-77' }],
    });
    // held again while it is being checked: the settlement stands
    expect(openPayment(givenCase(...caseStory.settling(caseStory.refundHeld())).state)?.settlement).toBeDefined();
    givenCase(...caseStory.refundHeld())
      .when(does('refundRetry', {}, { by: agent, at: at.later }))
      .isRefused('action_not_available');
  });

  it('INT-9: so is a payout to a merchant', () => {
    const { state } = givenCase(...caseStory.payoutHeld());
    expect(openPayment(state)).toMatchObject({ to: 'merchant', outcome: 'requested', held: { cause: 'daily_cap' } });
    const key = caseStory.appealPayout.key;
    expect(takePaymentAnswer(state, key, held('daily_cap'), at.later)).toEqual([]);
    expect(takePaymentAnswer(state, key, { outcome: 'declined', reason: 'x' }, at.later)).toMatchObject([
      { type: 'payoutDeclined' },
    ]);
  });

  it('ORD-11: so is an order’s refund, which an agent may settle by hand and not retry', () => {
    const { state } = givenOrder(...orderStory.refundHeld());
    const [one] = state.refunds;
    expect(one).toMatchObject({ state: 'requested', held: { cause: 'stopped' } });
    expect(takeOrderPaymentAnswer(state, one!.key, held('stopped'), state.updatedAt + hours(1))).toEqual([]);
    givenOrder(...orderStory.refundHeld())
      .when(orders('refundRetry', {}, { by: agent, at: state.updatedAt + 1 }))
      .isRefused('refund_not_failed');
    givenOrder(...orderStory.refundHeld())
      .when(orders('manualSettlement', { reference: 'b', note: 'n' }, { by: agent, at: state.updatedAt + 1 }))
      .isDeferred({ type: 'manualSettlementStarted', key: one!.key });
  });
});
