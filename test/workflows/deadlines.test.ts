import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CaseCommands } from '../../src/domain/case/commands.ts';
import type { Actor } from '../../src/domain/parties.ts';
import { anOrder, days, hours } from '../builders.ts';
import { type CaseUnderTest, consumer, graceMs, Harness, merchant } from './harness.ts';
import { accountsOf, applied, approved, moneyOf, owingVoucher, refused, sentBack, voucher } from './stories.ts';

type Command = { [Name in keyof CaseCommands]: [Name, CaseCommands[Name]] }[keyof CaseCommands];

type DeadlineTest = {
  title: string;
  length: number;
  start: (harness: Harness) => Promise<CaseUnderTest>;
  act: { actor: Actor; command: Command };
  /** The status that the act brings when it is in time, and its answer when it comes after the deadline has fired. */
  inTime: string;
  tooLate: string;
  /** The status and the event, under its rule, when nobody acts. */
  otherwise: { status: string; event: string; rule: string };
};

const tests: DeadlineTest[] = [
  {
    title: 'CASE-3 merchantDecision',
    length: hours(48),
    start: (harness) => applied(harness),
    act: { actor: merchant, command: ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }] },
    inTime: 'application_refused',
    tooLate: 'action_not_available',
    otherwise: { status: 'awaiting_buyer_return', event: 'applicationApproved', rule: 'CASE-3' },
  },
  {
    title: 'CASE-5 interventionWindow',
    length: hours(48),
    start: (harness) => refused(harness),
    act: { actor: consumer, command: ['withdrawal', {}] },
    inTime: 'closed',
    tooLate: 'case_ended',
    otherwise: { status: 'closed', event: 'caseClosed', rule: 'CASE-5' },
  },
  {
    title: 'CASE-7 buyerReturn',
    length: days(7),
    start: (harness) => approved(harness),
    act: { actor: consumer, command: ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }] },
    inTime: 'awaiting_merchant_receipt',
    tooLate: 'case_ended',
    otherwise: { status: 'closed', event: 'caseClosed', rule: 'CASE-7' },
  },
  {
    title: 'CASE-9 merchantReceipt',
    length: days(7),
    start: (harness) => sentBack(harness, { order: { paymentMethod: 'cod' } }),
    act: { actor: merchant, command: ['receiptConfirmation', { outcome: 'received' }] },
    inTime: 'awaiting_refund_voucher',
    tooLate: 'action_not_available',
    otherwise: { status: 'awaiting_refund_voucher', event: 'receiptConfirmed', rule: 'CASE-9' },
  },
  {
    title: 'CASE-13 refundVoucher',
    length: hours(48),
    start: (harness) => owingVoucher(harness),
    act: { actor: merchant, command: voucher() as unknown as Command },
    inTime: 'refunded',
    tooLate: 'already_compensated',
    otherwise: { status: 'compensated', event: 'advanceCompensationStarted', rule: 'CASE-13' },
  },
];

describe.each(tests)('$title (POL-3, POL-4)', ({ length, start, act, inTime, tooLate, otherwise }) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it('runs for its exact length from the moment its rule names (POL-7)', async () => {
    const one = await start(harness);
    expect(one.deadlineAt - one.state.updatedAt).toBe(length);
  });

  it.each([
    ['1 ms before it', -1],
    ['at it', 0],
  ])('an act received %s counts, although it is processed after it', async (_, offset) => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil(deadline + 1_000);
    expect(await one.give(act.actor, act.command, { receivedAt: deadline + offset })).toBe('accepted');
    expect(one.status).toBe(inTime);
    expect(one.timeline.some(({ actor }) => actor.role === 'timer')).toBe(false);
  });

  it('an act received 1 ms after it waits until it has fired, and is judged then', async () => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil(deadline + 1_000);
    const late = await one.send(act.actor, act.command, { receivedAt: deadline + 1 });
    await harness.sleepUntil(deadline + graceMs + 1_000);
    expect(await one.answered(late)).toBe(tooLate);
    await one.becomes(otherwise.status);
  });

  it('nobody acts: it fires after its time and its grace, never before, and names itself (SEE-2)', async () => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    const before = one.status;
    await harness.sleepUntil(deadline + graceMs - 30_000);
    expect(one.status).toBe(before);
    await harness.sleepUntil(deadline + graceMs + 100);
    await one.becomes(otherwise.status);
    const fired = one.timeline.find(({ type, actor }) => type === otherwise.event && actor.role === 'timer')!;
    expect(fired.rule).toBe(otherwise.rule);
    expect(fired.at).toBeGreaterThanOrEqual(deadline + graceMs);
    expect((fired.detail['passedDeadline'] as { at: number }).at).toBe(deadline);
    expect(moneyOf(one).unbalanced).toEqual([]);
  });
});

describe('what follows a deadline', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it('CASE-2 tricky case 2: silence and no address anywhere → the returns centre, and the 7 days run', async () => {
    const one = await applied(harness);
    await harness.sleepUntil(one.deadlineAt + graceMs + 100);
    await harness.world.until(() => one.status === 'awaiting_buyer_return' && one.state.returnAddress !== null);
    expect(one.state.returnAddress).toEqual(one.state.facts.policy.defaultReturnAddress);
    expect(one.deadlineAt - one.timeline.find(({ type }) => type === 'applicationApproved')!.at).toBe(days(7));
  });

  it('CASE-2: silence, and the merchant has an address of its own → that one', async () => {
    const own = {
      name: '仓库',
      phone: '02188888888',
      province: '上海市',
      city: '上海市',
      district: '闵行区',
      street: '仓库路 8 号',
    };
    harness.world.returnAddresses.set('m-own', own);
    const one = await applied(harness, { order: { merchantId: 'm-own' } });
    await harness.sleepUntil(one.deadlineAt + graceMs + 100);
    await harness.world.until(() => one.status === 'awaiting_buyer_return' && one.state.returnAddress !== null);
    expect(one.state.returnAddress).toEqual(own);
  });

  it('CASE-6: correcting the number does not move the receipt deadline', async () => {
    const one = await sentBack(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil((await harness.now()) + days(2));
    expect(await one.give(consumer, ['trackingNumber', { carrier: 'YT', trackingNumber: 'YT9' }])).toBe('accepted');
    expect(one.deadlineAt).toBe(deadline);
    expect(one.state.returnShipment).toEqual({ carrier: 'YT', trackingNumber: 'YT9' });
  });

  it('CASE-13: overdue voucher → compensation, claim and penalty booked once; a late voucher is kept for 30 days', async () => {
    const one = await owingVoucher(harness);
    await harness.sleepUntil(one.deadlineAt + graceMs + 100);
    await one.becomes('compensated');
    expect(moneyOf(one)).toMatchObject({
      movements: [['payout', 12_900]],
      ledger: [
        ['compensation', 12_900],
        ['claim', 12_900],
        ['penalty', 645],
      ],
      unbalanced: [],
    });
    expect(accountsOf(one)).toEqual({
      payment_provider: -12_900,
      advance_compensations: 0,
      'merchant_receivable/m-1': 13_545,
      penalty_income: -645,
    });
    await harness.sleepUntil((await harness.now()) + days(29));
    expect(await one.give(merchant, voucher() as unknown as Command)).toBe('already_compensated');
    await harness.world.until(() => one.story.includes('voucherKept'));
    expect(
      harness.world.notices.filter(({ notice }) => notice.caseId === one.id && notice.to.role === 'agent'),
    ).toHaveLength(1);
    expect(moneyOf(one).movements).toHaveLength(1);
    await one.handle.result();
    expect(
      (await harness.now()) - one.timeline.find(({ type }) => type === 'compensationSettled')!.at,
    ).toBeGreaterThanOrEqual(days(30));
  });
});

describe('CASE-13 tricky case 8: a voucher and its 48 h collide', () => {
  let harness: Harness;
  beforeAll(async () => {
    // the worker is taken away, so that timer and voucher wait for it together
    harness = await Harness.start(inject('testServerPath'), { maxCachedWorkflows: 0 });
  });
  afterAll(() => harness.stop());

  /** What each of the workflow's tasks found waiting, in the order in which it came. */
  const tasks = async (one: CaseUnderTest): Promise<string[][]> => {
    const found: string[][] = [[]];
    const { events } = await one.handle.fetchHistory();
    for (const event of events ?? []) {
      if (event.workflowTaskStartedEventAttributes) found.push([]);
      if (event.timerFiredEventAttributes) found.at(-1)?.push('timer');
      const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
      if (signal) found.at(-1)?.push(signal);
    }
    return found;
  };

  const byVoucher = { status: 'refunded', how: 'voucherAccepted', movements: [], ledger: [] };
  const byPlatform = {
    status: 'compensated',
    how: 'advanceCompensationStarted',
    movements: [['payout', 12_900]],
    ledger: [
      ['compensation', 12_900],
      ['claim', 12_900],
      ['penalty', 645],
    ],
  };

  it.each([
    ['at the deadline: refunded', [0], ['accepted'], byVoucher],
    ['1 ms after it: compensated', [1], ['already_compensated'], byPlatform],
    ['1 ms after it, then another at it: refunded', [1, 0], ['case_ended', 'accepted'], byVoucher],
  ])('received %s, and only that', async (_, offsets, answers, { status, how, movements, ledger }) => {
    const one = await owingVoucher(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil(deadline + graceMs - 30_000);
    await harness.stopWorker();
    // no longer: while the timer waits for a worker, time skips no more
    await harness.sleepUntil(deadline + graceMs);
    await expect.poll(async () => (await tasks(one)).at(-1)).toEqual(['timer']);
    const sent: string[] = [];
    for (const offset of offsets)
      sent.push(await one.send(merchant, voucher() as unknown as Command, { receivedAt: deadline + offset }));
    await harness.startWorker();
    expect(await Promise.all(sent.map((id) => one.answered(id)))).toEqual(answers);
    await one.becomes(status);
    expect(await tasks(one)).toContainEqual(['timer', ...offsets.map(() => 'refundVoucher')]);
    const ways = ['voucherAccepted', 'advanceCompensationStarted'];
    expect(one.story.filter((type) => ways.includes(type))).toEqual([how]);
    expect(moneyOf(one)).toMatchObject({ movements, ledger, unbalanced: [] });
  });
});

describe('tricky case 15: many deadlines due in one second', () => {
  const count = 160;
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it('CASE-3: each case is approved once and refunded once, and nothing else moves', async () => {
    const from = (await harness.now()) - 1_000;
    const cases = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const order = anOrder();
        harness.world.deliver(order, from);
        return harness.apply(order, { application: { kind: 'refund_only' }, receivedAt: from + 5 * index });
      }),
    );
    const ends = cases.map(({ deadlineAt }) => deadlineAt);
    const last = Math.max(...ends);
    expect(last - Math.min(...ends)).toBe(5 * (count - 1));
    await harness.sleepUntil(last + graceMs + 100);
    await Promise.all(cases.map((one) => one.becomes('refunded')));
    // one after the other: each lets time skip meanwhile, which the test server bears of one only
    for (const one of cases) {
      await one.handle.result();
      expect(one.story).toEqual(['caseOpened', 'applicationApproved', 'refundStarted', 'refundSettled']);
      expect(moneyOf(one)).toMatchObject({
        movements: [['refund', 12_900]],
        asked: [`case/${one.id}/refund/1`],
        ledger: [['refund', 12_900]],
        unbalanced: [],
      });
    }
    expect(harness.world.provider.movements).toHaveLength(count);
  });
});
