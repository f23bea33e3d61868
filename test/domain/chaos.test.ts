import { describe, expect, it } from 'vitest';
import { openCase } from '../../src/domain/case/decide.ts';
import { openAllocation, reserve } from '../../src/domain/order/allocation.ts';
import { durationMs } from '../../src/domain/policy/duration.ts';
import { anApplication, anOrder, aPolicy, hours, noon } from '../builders.ts';
import type { CameBack, HeardCommand, Run, Turn } from '../chaos/history.ts';
import {
  type Act,
  type Counter,
  type Deviation,
  judge,
  type Telling,
  tellingsDue,
  type World,
} from '../chaos/judge.ts';
import { compute } from '../chaos/oracle.ts';
import { rulesOf } from '../chaos/subjects.ts';
import { consumer } from './specification.ts';

// What npm run chaos judges with, fed with what machines may show: a checker that can't fail proves nothing.

const caseId = '5f0c7a52-6a5c-5c7d-9a55-111111111111';
const order = anOrder({ placedAt: noon - hours(48) });
const application = anApplication(order.id, { kind: 'refund_only' });
const refundKey = `case/${caseId}/refund/1`;
const price = 12_900;
const graceMs = 5_000;
/** When the merchant's 48 h are over. */
const deadline = noon + hours(48);

const input = {
  caseId,
  consumerId: 'c-1',
  application,
  channel: 'return_page',
  policy: aPolicy(),
  applied: { commandId: 'apply', receivedAt: noon, actor: { role: 'consumer', id: 'c-1' } },
  settings: { graceMs },
};
const allocation = reserve(openAllocation(order, noon - hours(24)), caseId, application, noon);
const entry = allocation.cases[caseId]!;
const opening = { caseId, application, channel: 'return_page' as const, policy: input.policy };
const granted: CameBack = {
  activity: 'openCase',
  args: [caseId],
  ok: true,
  value: { opened: openCase({ order, entry }, opening, { actor: consumer, at: noon }), entry },
};
const turn = (at: number, told: Partial<Turn> = {}): Turn => ({
  at,
  commands: [],
  announced: [],
  cameBack: [],
  timerFired: false,
  ...told,
});
const decision = (fields: Record<string, unknown>, receivedAt: number, commandId = 'decide'): HeardCommand => ({
  name: 'merchantDecision',
  fields,
  commandId,
  receivedAt,
  actor: { role: 'merchant', id: 'm-1' },
});
const approval = (receivedAt: number) => decision({ decision: 'approve' }, receivedAt);
const refusal = (receivedAt: number) => decision({ decision: 'refuse', refusalCode: 'agreed_otherwise' }, receivedAt);
const refundPaid: CameBack = {
  activity: 'pay',
  args: [refundKey, { type: 'pay', key: refundKey }],
  ok: true,
  value: { outcome: 'done', reference: 'sbx-1', at: noon + 3_000 },
};
const runOf = (...turns: Turn[]): Run => ({
  input,
  continued: false,
  ended: true,
  turns: [turn(noon), turn(noon + 10, { cameBack: [granted] }), ...turns],
});

/** Approved an hour after the application, and refunded. */
const refunded = runOf(
  turn(noon + hours(1), { commands: [approval(noon + hours(1))] }),
  turn(noon + hours(1) + 500, { cameBack: [refundPaid] }),
);
/** Nobody decides: approved by the deadline. */
const approvedBySilence = (firedAt: number) =>
  runOf(turn(firedAt, { timerFired: true }), turn(firedAt + 500, { cameBack: [refundPaid] }));

const answered = (commandId: string, status: number, code?: string): Act => ({
  commandId,
  what: `somebody's ${commandId}`,
  sentAt: noon,
  acknowledgedAt: noon,
  status,
  ...(code ? { code } : {}),
});

const told = { wantMail: new Set(['consumer/c-1']), endpoint: 'e-1' };
const tellingsOf = (computed: ReturnType<typeof compute>): Telling[] =>
  [...tellingsDue(`case/${caseId}`, computed, told)].map((id) => {
    if (id.endsWith('in_app')) return { id, channel: 'in_app' };
    return { id, channel: id.endsWith('email') ? 'email' : 'webhook', state: 'sent', arrived: true };
  });

/** A world in which everything is as the rules have it. */
function honest(run: Run, acts: Act[]): World {
  const computed = compute('case', [run]);
  const standing = rulesOf.case.standing(computed.state!);
  const timeline = computed.events.map(({ event: { type, at, rule }, status }, index) => ({
    seq: index + 1,
    type,
    at,
    rule,
    status,
  }));
  return {
    subjects: [
      {
        kind: 'case',
        id: caseId,
        plot: 'a plot',
        acts,
        runs: [run],
        temporal: { running: false, status: standing.status },
        stored: {
          state: computed.state,
          outcomes: [...computed.commands].map(([commandId, ruled]) => ({ commandId, ...ruled })),
        },
        timeline,
        allocation: { status: 'consumed', amount: price },
        tellings: tellingsOf(computed),
        shown: standing,
        shownTimeline: [...timeline],
      },
    ],
    ledger: computed.ledger,
    movements: computed.movements.map((movement) => ({ ...movement, orderId: order.id })),
    ...told,
    outages: [],
    slackMs: 1_000,
  };
}

const telling = (seen: World['subjects'][number], channel: Telling['channel']) =>
  seen.tellings.find((one) => one.channel === channel)!;

/** The world, changed before it is judged: what was counted. */
function counted(
  world: World,
  doctor: (world: World, seen: World['subjects'][number]) => void = () => undefined,
): Counter[] {
  const doctored = structuredClone(world);
  doctor(doctored, doctored.subjects[0]!);
  return [...new Set(judge(doctored).deviations.map(({ counter }: Deviation) => counter))].toSorted();
}

const ordinary = honest(refunded, [answered('apply', 201), answered('decide', 200)]);

describe('what must have become of a case, by the rules over what its workflow was told', () => {
  it('CASE-2, CASE-11: approved and refunded, with its one movement and its entry in the ledger', () => {
    const { state, movements, ledger, commands } = compute('case', [refunded]);
    expect(rulesOf.case.standing(state!)).toEqual({ status: 'refunded', final: true, amount: price, money: 'settled' });
    expect(movements).toEqual([{ key: refundKey, kind: 'refund', amount: price }]);
    expect(ledger).toMatchObject([{ kind: 'refund', amount: price, movementKey: refundKey }]);
    expect(Object.fromEntries(commands)).toEqual({ apply: { state: 'accepted' }, decide: { state: 'accepted' } });
  });

  it('TELL-1: whoever is concerned is told of what happened at once, once, by mail too where they want that; webhooks tell of every step', () => {
    const computed = compute('case', [refunded]);
    expect(computed.events.map(({ event }) => event.type)).toEqual([
      'caseOpened',
      'applicationApproved',
      'refundStarted',
      'refundSettled',
    ]);
    const of = (seq: number, ...whom: string[]) => whom.map((one) => `case/${caseId}/${seq}/${one}`);
    expect(tellingsDue(`case/${caseId}`, computed, told)).toEqual(
      new Set([
        ...of(1, 'consumer/c-1/in_app', 'merchant/m-1/in_app', 'consumer/c-1/email', 'webhook/e-1'),
        ...of(2, 'consumer/c-1/in_app', 'consumer/c-1/email', 'merchant/m-1/in_app', 'webhook/e-1'),
        ...of(3, 'webhook/e-1'),
        ...of(4, 'consumer/c-1/in_app', 'consumer/c-1/email', 'merchant/m-1/in_app', 'webhook/e-1'),
      ]),
    );
  });

  it.each([
    ['at that moment', deadline - hours(24), ['reminded']],
    ['at the deadline', deadline, ['reminded']],
    ['after it, when its end tells', deadline + 1, []],
  ])('TELL-1: who must decide is reminded a day before, by a timer that fires %s', (_, at, reminders) => {
    const computed = compute('case', [runOf(turn(at, { timerFired: true }))]);
    const types = computed.events.map(({ event }) => event.type);
    expect(types.filter((type) => type === 'reminded')).toEqual(reminders);
  });

  it.each([
    ['an instant before', deadline - 1, 'application_refused'],
    ['at', deadline, 'application_refused'],
    ['an instant after', deadline + 1, 'refunding'],
  ])('POL-3, POL-4: a refusal received %s the deadline and heard when it fires', (_, receivedAt, status) => {
    const run = runOf(turn(deadline + graceMs, { timerFired: true, commands: [refusal(receivedAt)] }));
    expect(rulesOf.case.standing(compute('case', [run]).state!).status).toBe(status);
  });

  it('POL-6: a deadline that could only fire beyond the tolerance is extended once, and what then is received in time counts', () => {
    const backAt = deadline + graceMs + 5 * 60_000 + 1;
    const run = runOf(turn(backAt, { timerFired: true }), turn(backAt + 1_000, { commands: [refusal(backAt + 900)] }));
    const { events, passed } = compute('case', [run]);
    expect(events.map(({ event }) => event.type)).toEqual([
      'caseOpened',
      'deadlineExtended',
      'reminded',
      'applicationRefused',
    ]);
    expect(passed[0]).toEqual({ kind: 'merchantDecision', due: deadline + graceMs, firedAt: backAt, extended: true });
  });

  it.each(['case_ended', 'action_not_available'])(
    'a command heard at the same instant as the payment’s end goes where the record has it: refused as %s',
    (code) => {
      const run = runOf(
        turn(noon + hours(1), { commands: [approval(noon + hours(1))] }),
        turn(noon + hours(2), {
          commands: [decision({ decision: 'approve' }, noon + hours(2), 'late')],
          cameBack: [refundPaid],
        }),
      );
      const outcomes = [{ commandId: 'late', state: 'refused', code }];
      const { commands, events } = compute('case', [run], { timeline: [], outcomes });
      expect(commands.get('late')).toEqual({ state: 'refused', code });
      expect(events.at(-1)?.event.type).toBe('refundSettled');
    },
  );

  it.each([
    ['as long as an outage is none', 0, 0],
    ['later than that', 1, durationMs(aPolicy().outageTolerance) + 1],
  ])('an order placed by a repeat %s has its time to pay from where it counts (0018)', (_, beyond, from) => {
    const handedOverAt = noon + durationMs(aPolicy().outageTolerance) + beyond;
    const placed = { commandId: 'place', receivedAt: noon, handedOverAt, actor: { role: 'service', id: 's-1' } };
    const settings = { graceMs, rulesVersion: 3 };
    const run = {
      ...runOf(),
      input: { orderId: order.id, facts: order, placed, settings },
      turns: [turn(handedOverAt)],
    };
    expect(compute('order', [run]).events[0]?.event).toMatchObject({ type: 'orderPlaced', at: noon + from });
  });

  describe('POL-4: a deadline waits for what was announced while it ran', () => {
    const [inTime, late] = [deadline - 1_000, deadline + 20_000];
    const announced = turn(inTime, { announced: [{ commandId: 'decide', receivedAt: inTime }] });
    const tolerance = durationMs(aPolicy().outageTolerance);
    const reminded = turn(deadline - hours(1), { timerFired: true });
    const after = (...turns: Turn[]) => {
      const { passed, ...computed } = compute('case', [runOf(reminded, ...turns)]);
      return { ...computed, passed: passed.filter(({ kind }) => kind === 'merchantDecision') };
    };

    it('until it has come', () => {
      const { events, passed } = after(announced, turn(late, { commands: [refusal(inTime)] }));
      expect(events.map(({ event }) => event.type)).toEqual(['caseOpened', 'reminded', 'applicationRefused']);
      expect(passed).toEqual([]);
    });

    it('until it is known not to come: from then on it is late', () => {
      const isNot = turn(late, { announced: [{ commandId: 'decide', isNot: true }] });
      const { passed } = after(announced, isNot);
      expect(passed).toEqual([{ kind: 'merchantDecision', due: late, firedAt: late, extended: false }]);
    });

    it('POL-6: as long as an outage is none, and a minute: then it is extended', () => {
      const over = deadline + graceMs + tolerance + 60_000;
      const { passed, state } = after(announced, turn(over, { timerFired: true }));
      expect(passed).toEqual([{ kind: 'merchantDecision', due: over, firedAt: over, extended: true }]);
      expect(rulesOf.case.standing(state!)).toMatchObject({ status: 'pending_merchant_review' });
    });

    it('not for what was received after it', () => {
      const tooLate = turn(deadline + 1, { announced: [{ commandId: 'decide', receivedAt: deadline + 1 }] });
      const fires = turn(deadline + graceMs, { timerFired: true });
      const { passed } = after(tooLate, fires);
      expect(passed).toMatchObject([{ due: deadline + graceMs, firedAt: deadline + graceMs, extended: false }]);
    });
  });

  it('a run that continued as new goes on where the one before it was', () => {
    const first = { ...runOf(turn(noon + hours(1), { commands: [approval(noon + hours(1))] })), ended: false };
    const rest: Run = {
      input,
      continued: true,
      ended: true,
      turns: [turn(noon + hours(1) + 200), turn(noon + hours(1) + 500, { cameBack: [refundPaid] })],
    };
    expect(compute('case', [first, rest])).toEqual(compute('case', [refunded]));
  });

  it('REF-4: money that was held back is paid once it is let go, and what came of it counts', () => {
    const held: CameBack = { ...refundPaid, ok: true, value: { outcome: 'held', cause: 'switch_unreachable' } };
    const run = runOf(
      turn(noon + hours(1), { commands: [approval(noon + hours(1))] }),
      turn(noon + hours(1) + 500, { cameBack: [held] }),
      turn(noon + hours(2), { cameBack: [{ ...refundPaid, activity: 'payWhenLetGo' }] }),
    );
    const { events, movements } = compute('case', [run]);
    expect(events.slice(-2).map(({ event }) => event.type)).toEqual(['refundHeld', 'refundSettled']);
    expect(movements).toEqual([{ key: refundKey, kind: 'refund', amount: price }]);
  });

  it('CASE-14: once an agent settles a payment by hand, its last try is only waited for', () => {
    const came = (activity: string, value: unknown): CameBack => ({ ...refundPaid, activity, ok: true, value });
    const receivedAt = noon + hours(2);
    const byHand: HeardCommand = {
      name: 'manualSettlement',
      fields: { reference: 'bank-1', note: '线下转账' },
      commandId: 'by-hand',
      receivedAt,
      actor: { role: 'agent', id: 'a-1' },
    };
    const run = runOf(
      turn(noon + hours(1), { commands: [approval(noon + hours(1))] }),
      turn(noon + hours(1) + 500, { cameBack: [came('pay', { outcome: 'unknown', reason: 'timeout' })] }),
      turn(receivedAt, { commands: [byHand] }),
      turn(receivedAt + 500, { cameBack: [came('payUntilAnswered', { outcome: 'held', cause: 'stopped' })] }),
      turn(receivedAt + 900, { cameBack: [came('findPayment', { outcome: 'none' })] }),
    );
    expect(
      compute('case', [run])
        .events.map(({ event }) => event.type)
        .slice(-3),
    ).toEqual(['refundUnknown', 'manualSettlementStarted', 'refundSettled']);
  });

  it.each([
    ['refundSettled', 'merchantAppealLapsed'],
    ['merchantAppealLapsed', 'refundSettled'],
  ])('a timer that fires at the same instant as a payment ends goes where the record has it: %s, %s', (...types) => {
    const by = (role: string, id: string) => (name: string, fields: object, hour: number) => {
      const receivedAt = noon + hours(hour);
      const actor = { role, id };
      return turn(receivedAt, {
        commands: [{ name, fields: { ...fields }, commandId: `${name}-${id}`, receivedAt, actor }],
      });
    };
    const [byConsumer, byMerchant, byAgent] = [by('consumer', 'c-1'), by('merchant', 'm-1'), by('agent', 'a-1')];
    const asked = { reason: 'merchant_refused', statement: '坏了', evidenceIds: [] };
    const shown = { statement: '如图', evidenceIds: [], complete: true };
    const ruled = {
      favour: 'consumer',
      remedy: 'refund_only',
      refundAmount: price,
      liability: 'merchant',
      reasons: '坏',
    };
    const both = noon + hours(6) + hours(7 * 24) + graceMs;
    const run = runOf(
      turn(noon + hours(1), { commands: [refusal(noon + hours(1))] }),
      byConsumer('interventionRequest', asked, 2),
      byAgent('interventionAudit', { decision: 'accept' }, 3),
      byConsumer('evidenceSubmission', shown, 4),
      byMerchant('evidenceSubmission', shown, 5),
      byAgent('ruling', ruled, 6),
      turn(both - hours(24) - graceMs, { timerFired: true }),
      turn(both, { timerFired: true, cameBack: [refundPaid] }),
    );
    const begun = compute('case', [run]).events.slice(0, -2);
    const timeline = [...begun.map(({ event }) => event), ...types.map((type) => ({ type, at: both }))];
    const { events } = compute('case', [run], { timeline, outcomes: [] });
    expect(events.slice(-2).map(({ event }) => event.type)).toEqual(types);
  });

  it('tricky case 16: of two decisions the first to arrive stands, however often both are heard', () => {
    const [first, second] = [
      approval(noon + hours(1)),
      decision({ decision: 'refuse', refusalCode: 'agreed_otherwise' }, noon + hours(1), 'second'),
    ];
    const run = runOf(turn(noon + hours(1), { commands: [first, second, first] }));
    expect(Object.fromEntries(compute('case', [run]).commands)).toMatchObject({
      decide: { state: 'accepted' },
      second: { state: 'refused', code: 'action_not_available' },
    });
  });
});

describe('the checker of npm run chaos', () => {
  it('counts nothing where all is as it must be', () => {
    expect(counted(ordinary)).toEqual([]);
    expect(counted(honest(approvedBySilence(deadline + graceMs), [answered('apply', 201)]))).toEqual([]);
  });

  it.each<[string, Counter[], Parameters<typeof counted>[1]]>([
    [
      'an accepted action that never reached its workflow',
      ['lost'],
      (_, seen) => seen.acts.push(answered('other', 200)),
    ],
    [
      'an acknowledged action (202) of which nothing became',
      ['lost'],
      (_, seen) => seen.acts.push(answered('other', 202)),
    ],
    ['an action that was heard and never answered', ['lost'], (_, seen) => delete seen.acts[1]!.status],
    ['an outcome that MongoDB has lost', ['lost'], (_, seen) => void seen.stored!.outcomes.pop()],
    ['a case that MongoDB has lost', ['lost'], (_, seen) => (seen.stored = null)],
    ['an action that is missing from the timeline', ['lost'], (_, seen) => void seen.timeline.splice(1, 1)],
    ['a step of ours that is missing from the timeline', ['wrongOutcome'], (_, seen) => void seen.timeline.pop()],
    ['a step on the timeline twice', ['wrongOutcome'], (_, seen) => seen.timeline.push(seen.timeline[1]!)],
    ['a step that only the API does not show', ['wrongOutcome'], (_, seen) => void seen.shownTimeline.pop()],
    [
      'an action told as refused that stands',
      ['wrongOutcome'],
      (_, seen) => void Object.assign(seen.acts[1]!, answered('decide', 409, 'action_not_available')),
    ],
    ['another ending in the API', ['wrongOutcome'], (_, seen) => (seen.shown = { ...seen.shown, status: 'closed' })],
    ['another amount in the API', ['wrongOutcome'], (_, seen) => (seen.shown = { ...seen.shown, amount: price - 1 })],
    ['another ending in Temporal', ['wrongOutcome'], (_, seen) => (seen.temporal.status = 'refunding')],
    [
      'another state in MongoDB',
      ['wrongOutcome'],
      (_, seen) => Object.assign(seen.stored!.state as object, { version: 9 }),
    ],
    [
      'a quantity that was not consumed',
      ['wrongOutcome'],
      (_, seen) => (seen.allocation = { status: 'reserved', amount: price }),
    ],
    [
      'a message that nobody finds in its inbox',
      ['lost'],
      (_, seen) => void seen.tellings.splice(seen.tellings.indexOf(telling(seen, 'in_app')), 1),
    ],
    ['a mail that was never sent', ['lost'], (_, seen) => (telling(seen, 'email').state = 'pending')],
    ['a mail that was sent, and never arrived', ['lost'], (_, seen) => (telling(seen, 'email').arrived = false)],
    ['a webhook that was given up', ['lost'], (_, seen) => (telling(seen, 'webhook').state = 'failed')],
    [
      'a mail to somebody who wants none',
      ['lost', 'wrongOutcome'],
      (_, seen) => (telling(seen, 'email').id = telling(seen, 'email').id.replace('consumer/c-1', 'merchant/m-1')),
    ],
    [
      'a message of what never happened',
      ['wrongOutcome'],
      (_, seen) => seen.tellings.push({ ...telling(seen, 'in_app'), id: `case/${caseId}/9/consumer/c-1/in_app` }),
    ],
    ['a workflow that goes on for nothing', ['late'], (_, seen) => (seen.temporal.running = true)],
    ['a movement twice', ['movedTwice', 'unbalanced'], (world) => world.movements.push(world.movements[0]!)],
    [
      'a movement under a second key',
      ['movedTwice', 'unbalanced'],
      (world) => world.movements.push({ ...world.movements[0]!, key: `case/${caseId}/refund/2` }),
    ],
    [
      'a movement that nobody asked for',
      ['movedTwice', 'unbalanced'],
      (world) => world.movements.push({ ...world.movements[0]!, key: `case/${caseId}/compensation/1`, kind: 'payout' }),
    ],
    ['a movement of too much', ['movedTwice', 'unbalanced'], (world) => (world.movements[0]!.amount += 1)],
    ['a movement of too little', ['unbalanced', 'wrongOutcome'], (world) => (world.movements[0]!.amount -= 1)],
    ['a movement that never came', ['unbalanced', 'wrongOutcome'], (world) => void world.movements.pop()],
    ['an entry that is missing from the ledger', ['unbalanced'], (world) => void world.ledger.pop()],
    ['an entry twice in the ledger', ['unbalanced'], (world) => world.ledger.push(world.ledger[0]!)],
    [
      'an entry that no rule asks for',
      ['unbalanced'],
      (world) => world.ledger.push({ ...world.ledger[0]!, id: `${refundKey}/penalty` }),
    ],
    ['an entry on another account', ['unbalanced'], (world) => (world.ledger[0]!.debit = 'elsewhere')],
  ])('counts %s', (_, counters, doctor) => {
    expect(counted(ordinary, doctor)).toEqual(counters);
  });

  it('counts what never ended', () => {
    const open = runOf(turn(noon + hours(1), { commands: [approval(noon + hours(1))] }));
    const world = honest(open, [answered('apply', 201), answered('decide', 200)]);
    expect(counted(world, (_, seen) => delete seen.allocation)).toEqual(['late']);
  });

  it.each([
    ['as late as busy machines may be', 1_000, []],
    ['later than that', 1_001, ['late']],
  ])('POL-6: a deadline that fires %s', (_, lateMs, counters) => {
    const world = honest(approvedBySilence(deadline + graceMs + lateMs), [answered('apply', 201)]);
    expect(counted(world)).toEqual(counters);
  });

  it('POL-6: an outage excuses its own length, once where two meet, and no more', () => {
    const due = deadline + graceMs;
    const world = honest(approvedBySilence(due + 61_000), [answered('apply', 201)]);
    const down = (from: number, to: number) => ({ from, to, what: 'temporal' });
    const during = (...outages: World['outages']) => counted(world, (doctored) => (doctored.outages = outages));
    expect(during(down(due - 9_000, due + 30_000), down(due + 20_000, due + 60_000))).toEqual([]);
    expect(during(down(due - 9_000, due + 30_000), down(due + 30_000, due + 59_999))).toEqual(['late']);
  });

  it('counts a deadline that fires before it is due', () => {
    const early = runOf(turn(deadline + graceMs, { timerFired: true }));
    const { passed } = compute('case', [early]);
    expect(passed).toMatchObject([{ due: deadline + graceMs, firedAt: deadline + graceMs }]);
    const atReminder = turn(deadline - hours(24), { timerFired: true });
    const tooEarly = runOf(atReminder, turn(deadline + graceMs - 1, { timerFired: true }));
    const world = honest(tooEarly, [answered('apply', 201)]);
    expect(counted(world, (_, seen) => delete seen.allocation)).toEqual(['late', 'wrongOutcome']);
  });
});
