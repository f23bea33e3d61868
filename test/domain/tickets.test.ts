import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Actor, roles } from '../../src/domain/parties.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import { messageText } from '../../src/domain/tell/texts.ts';
import { type TicketCommandName, type TicketCommands, ticketCommandSchemas } from '../../src/domain/ticket/commands.ts';
import { expireTicketDeadline, ticketDeadlines } from '../../src/domain/ticket/deadlines.ts';
import { availableTicketActions, decideTicket, rolesForTicket, takeActed } from '../../src/domain/ticket/decide.ts';
import { ticketEffects } from '../../src/domain/ticket/effects.ts';
import { ticketNotices } from '../../src/domain/ticket/notices.ts';
import {
  type ActForConsumer,
  evolveTicket,
  evolveTicketAll,
  type TicketEvent,
  type TicketState,
  ticketOutcomes,
} from '../../src/domain/ticket/ticket.ts';
import { anApplication, hours } from '../builders.ts';
import {
  agent,
  asks,
  becomes,
  consumer,
  givenTicket,
  operator,
  ticketDeadlinePasses,
  ticketRules,
} from './specification.ts';
import * as story from './ticketStories.ts';

const { at } = story;
const minutes = (count: number) => count * 60_000;
const { orderId: _order, ...application } = anApplication(story.orderId);
const intervention = { caseId: story.caseId, reason: 'merchant_refused' as const, statement: '商家无理拒绝' };
const longer = (until = at.asked + hours(100)) => ({ until: new Date(until).toISOString(), reason: '买家在途' });

/** Valid fields for each command, in each of the ways the command can go. */
const valid: { [Name in TicketCommandName]: TicketCommands[Name][] } = {
  claim: [{}],
  informationRequest: [{ question: '请补充开箱视频' }],
  reply: [{ text: '如图', evidenceIds: [] }],
  resolution: [
    { outcome: 'answered', note: '已解答' },
    { outcome: 'open_case', note: '代为申请', case: application },
    { outcome: 'request_intervention', note: '代为申请', intervention: { ...intervention, evidenceIds: [] } },
    { outcome: 'cancel_order', note: '代为取消' },
  ],
  deadlineExtension: [longer()],
};
const actions: Record<TicketCommandName, string> = {
  claim: 'claim',
  informationRequest: 'information-request',
  reply: 'reply',
  resolution: 'resolution',
  deadlineExtension: 'deadline-extension',
};
const names = Object.keys(valid) as TicketCommandName[];
const places = Object.keys(story.everyPlace);

const decided = (state: TicketState, actor: Actor, name: TicketCommandName) =>
  valid[name].map((fields) => decideTicket(state, name, fields, { commandId: 'cmd-1', actor, at: at.later }).answer);

describe('what a ticket lets whom do', () => {
  it.each(places)('SEE-1: in %s what is offered to each role is what is allowed', (place) => {
    const { state } = givenTicket(...story.everyPlace[place]!);
    for (const role of roles) {
      const taken = names.filter((name) =>
        decided(state, { role, id: 'x' }, name).some(({ kind }) => kind !== 'refused'),
      );
      expect(availableTicketActions(state, role).sort()).toEqual(taken.map((name) => actions[name]).sort());
    }
  });

  it.each(names)('INT-8: %s is for no other role than its own, and for operators by hand', (name) => {
    const { state } = givenTicket(...(name === 'claim' ? story.opened() : story.asked()));
    for (const role of roles.filter((one) => !rolesForTicket(name).includes(one)))
      expect(decided(state, { role, id: 'x' }, name)[0]).toMatchObject({ refusal: { code: 'not_your_action' } });
    const open = name === 'informationRequest' ? givenTicket(...story.claimed()).state : state;
    expect(decided(open, operator, name)[0]).toEqual({ kind: 'accepted' });
  });

  it.each(names)('INT-8: after the end %s is refused as ticket_ended', (name) => {
    const [role] = rolesForTicket(name);
    givenTicket(...story.resolved())
      .when(asks(name, valid[name][0]! as never, { by: { role: role!, id: 'x' }, at: at.later }))
      .isRefused('ticket_ended');
  });

  const elsewhere: [name: TicketCommandName, place: string, code: RefusalCode][] = [
    ['claim', 'investigating', 'action_not_available'],
    ['claim', 'waiting_for_consumer', 'action_not_available'],
    ['informationRequest', 'waiting_for_consumer', 'in_progress'],
    ['informationRequest', 'investigating while resolving', 'in_progress'],
    ['resolution', 'open while resolving', 'in_progress'],
    ['resolution', 'waiting_for_consumer while resolving', 'in_progress'],
    ['deadlineExtension', 'investigating', 'action_not_available'],
    ['deadlineExtension', 'waiting_for_consumer while resolving', 'in_progress'],
  ];
  it.each(elsewhere)('INT-8: %s in %s is refused as %s', (name, place, code) => {
    givenTicket(...story.everyPlace[place]!)
      .when(asks(name, valid[name][0]! as never, { by: agent, at: at.later }))
      .isRefused(code);
  });

  it('tricky case 4: a stale version is refused, whatever is asked', () => {
    givenTicket(...story.claimed())
      .when(asks('resolution', valid.resolution[0]!, { by: agent, at: at.later, expectedVersion: 1 }))
      .isRefused('stale_version');
  });
});

describe('questions and replies', () => {
  it('INT-8: claimed, the ticket is being investigated by its agent', () => {
    const { state } = givenTicket(...story.opened())
      .when(asks('claim', {}, { by: agent, at: at.claimed }))
      .brings({ type: 'ticketClaimed', rule: 'INT-8' });
    expect(state).toMatchObject({ stage: { status: 'investigating' }, assignedTo: agent });
  });

  it.each(['open', 'investigating'])('INT-8: asked in %s, the consumer has 72 h to reply', (place) => {
    const { state } = givenTicket(...story.everyPlace[place]!)
      .when(asks('informationRequest', { question: '何时收到的?' }, { by: agent, at: at.asked }))
      .brings({ type: 'consumerAsked', question: '何时收到的?' });
    expect(state).toMatchObject({
      stage: { status: 'waiting_for_consumer', question: '何时收到的?' },
      assignedTo: agent,
    });
    expect(ticketDeadlines(state)).toEqual([
      {
        kind: 'ticketReply',
        from: at.asked,
        at: at.asked + hours(72),
        rule: 'INT-8',
        waitingFor: 'consumer',
        onExpiry: 'resolved_without_answer',
      },
    ]);
  });

  it('INT-8: another agent’s question leaves the ticket with the one who has it', () => {
    const { state } = givenTicket(...story.claimed())
      .when(asks('informationRequest', { question: '?' }, { by: { role: 'agent', id: 'a-2' }, at: at.asked }))
      .brings({ type: 'consumerAsked' });
    expect(state.assignedTo).toEqual(agent);
  });

  it('INT-8: a reply leads back to the investigation and ends its deadline', () => {
    const { state } = givenTicket(...story.asked())
      .when(asks('reply', { text: '昨天', evidenceIds: [story.photo] }, { by: consumer, at: at.replied }))
      .brings({ type: 'consumerReplied' });
    expect(state.stage).toEqual({ status: 'investigating' });
    expect(ticketDeadlines(state)).toEqual([]);
    expect(state.thread.map(({ by, text, evidenceIds }) => ({ by, text, evidenceIds }))).toEqual([
      { by: agent, text: '请补充开箱视频', evidenceIds: [] },
      { by: consumer, text: '昨天', evidenceIds: [story.photo] },
    ]);
  });

  it.each(['open', 'investigating'])('INT-8: a reply nobody asked for is kept in %s and moves nothing', (place) => {
    const given = givenTicket(...story.everyPlace[place]!);
    const { state } = given.when(asks('reply', valid.reply[0]!, { by: consumer, at: at.replied })).brings({
      type: 'consumerReplied',
    });
    expect(state.stage).toEqual(given.state.stage);
    expect(state.thread).toHaveLength(1);
  });

  const said = (count: number, text = '补充'): TicketEvent[] =>
    Array.from({ length: count }, () => ({
      type: 'consumerReplied' as const,
      actor: consumer,
      rule: 'INT-8',
      at: at.claimed,
      text,
      evidenceIds: [],
    }));
  const fullOf: [what: string, one: TicketEvent[], more: number, text: string][] = [
    ['100 entries', said(99), 1, '补充'],
    ['60,000 characters', said(14, 'x'.repeat(4_000)), 1, 'x'.repeat(4_000)],
  ];
  it.each(fullOf)('a thread takes no more than %s, but for the answer to a question', (_, nearly, more, text) => {
    const last = givenTicket(...story.claimed(), ...nearly);
    last.when(asks('reply', { text, evidenceIds: [] }, { by: consumer, at: at.asked })).brings({});
    last.when(asks('informationRequest', { question: '?' }, { by: agent, at: at.asked })).brings({});
    const full = givenTicket(...story.claimed(), ...nearly, ...said(more, text));
    full.when(asks('reply', valid.reply[0]!, { by: consumer, at: at.asked })).isRefused('thread_full');
    full.when(asks('informationRequest', { question: '?' }, { by: agent, at: at.asked })).isRefused('thread_full');
    full.when(asks('resolution', valid.resolution[0]!, { by: agent, at: at.asked })).brings({});
    givenTicket(...story.asked([...story.claimed(), ...nearly, ...said(more, text)]))
      .when(asks('reply', valid.reply[0]!, { by: consumer, at: at.replied }))
      .brings({});
  });
});

describe('the deadline of a reply', () => {
  it('INT-8, SEE-2: passed, the ticket is resolved as no_answer by the timer', () => {
    const { state } = givenTicket(...story.asked())
      .when(ticketDeadlinePasses())
      .brings({
        type: 'ticketResolved',
        outcome: 'no_answer',
        rule: 'INT-8',
        actor: { role: 'timer' },
        passedDeadline: { kind: 'ticketReply', from: at.asked, at: at.asked + hours(72) },
      });
    expect(state.stage).toMatchObject({ status: 'resolved', resolution: { outcome: 'no_answer' } });
  });

  it.each([
    [0, 'ticketResolved'],
    [minutes(5), 'ticketResolved'],
    [minutes(5) + 1, 'deadlineExtended'],
  ])('POL-6: fired %i ms late it is %s', (late, type) => {
    givenTicket(...story.asked())
      .when(ticketDeadlinePasses(late))
      .brings({ type } as Partial<TicketEvent>);
  });

  it('POL-6: extended after an outage once, to 4 h from then', () => {
    const late = minutes(10);
    const { state } = givenTicket(...story.asked())
      .when(ticketDeadlinePasses(late))
      .brings({ rule: 'POL-6' });
    const [deadline] = ticketDeadlines(state);
    expect(deadline).toMatchObject({ at: at.asked + hours(76) + late, extendedForOutage: true });
    givenTicket(...story.asked(), {
      type: 'deadlineExtended',
      actor: { role: 'timer' },
      rule: 'POL-6',
      at: at.asked + hours(72) + late,
      deadline: { kind: 'ticketReply', from: at.asked, at: deadline!.at, extendedForOutage: true },
      was: at.asked + hours(72),
      reason: 'service_outage',
    })
      .when(ticketDeadlinePasses(late))
      .brings({ type: 'ticketResolved', outcome: 'no_answer' });
  });

  it('POL-5: an agent extends it, to a later time within a year', () => {
    const end = at.asked + hours(72);
    const { state } = givenTicket(...story.asked())
      .when(asks('deadlineExtension', longer(end + 1), { by: agent, at: at.replied }))
      .brings({ type: 'deadlineExtended', was: end, rule: 'POL-5' });
    expect(ticketDeadlines(state)).toMatchObject([{ at: end + 1 }]);
    for (const until of [end, at.replied + hours(24 * 366) + 1])
      givenTicket(...story.asked())
        .when(asks('deadlineExtension', longer(until), { by: agent, at: at.replied }))
        .isRefused('deadline_extension_invalid', { field: 'until' });
  });

  it('INT-8: stands still while a resolution is under way, and runs on where that is refused', () => {
    const given = givenTicket(...story.resolving(story.asked()));
    expect(ticketDeadlines(given.state)).toEqual([]);
    const { state } = given
      .when(becomes({ state: 'refused', refusal: { code: 'order_ended', detail: 'the order has ended' } }, at.later))
      .isRefused('order_ended', { keeps: [{ type: 'resolutionRefused' }] });
    expect(ticketDeadlines(state)).toMatchObject([{ at: at.asked + hours(72) }]);
  });
});

describe('resolving', () => {
  it('INT-8: an answer ends the ticket at once', () => {
    const { state, effects } = givenTicket(...story.asked())
      .when(asks('resolution', { outcome: 'answered', note: '已补发' }, { by: agent, at: at.resolving }))
      .brings({ type: 'ticketResolved', outcome: 'answered' });
    expect(effects).toEqual([]);
    expect(state.stage).toEqual({
      status: 'resolved',
      resolution: { outcome: 'answered', note: '已补发', by: agent, at: at.resolving },
    });
  });

  const elsewhere: [TicketCommands['resolution'], ActForConsumer][] = [
    [
      { outcome: 'open_case', note: '代为申请', case: { ...application, evidenceIds: [story.screenshot] } },
      { outcome: 'open_case', case: { ...application, evidenceIds: [story.screenshot] } },
    ],
    [
      {
        outcome: 'request_intervention',
        note: '代为申请',
        intervention: { ...intervention, evidenceIds: [story.photo] },
      },
      { outcome: 'request_intervention', intervention: { ...intervention, evidenceIds: [story.photo] } },
    ],
    [{ outcome: 'cancel_order', note: '代为取消' }, story.cancelling],
    [
      { outcome: 'cancel_order', note: '拒收', cancellation: { reason: 'parcel_refused' } },
      { outcome: 'cancel_order', cancellation: { reason: 'parcel_refused' } },
    ],
  ];
  it.each(elsewhere)('INT-8: $outcome waits for what becomes of it elsewhere', (command, act) => {
    const { effects } = givenTicket(...story.replied())
      .when(asks('resolution', command, { by: agent, at: at.resolving }))
      .isDeferred({ type: 'resolutionStarted', act });
    const { note } = command;
    expect(effects).toEqual([
      {
        type: 'actForConsumer',
        key: `ticket/${story.id}/cmd-1`,
        ticket: { id: story.id, orderId: story.orderId, consumerId: 'c-1', merchantId: 'm-1', channel: 'feedback' },
        resolving: { commandId: 'cmd-1', note, act, agent, at: at.resolving },
      },
    ]);
  });

  it('INT-8: done elsewhere, the ticket is resolved by its agent and names what it led to', () => {
    const { state } = givenTicket(...story.resolving())
      .when(becomes({ state: 'accepted', orderId: story.orderId }, at.later))
      .brings({ type: 'ticketResolved', actor: agent, outcome: 'cancel_order', orderId: story.orderId });
    expect(state).toMatchObject({ stage: { status: 'resolved', resolution: { note: '已核实' } }, resolving: null });
  });

  it.each([
    ['open_case', { ...elsewhere[0]![1] }, 'lines.0.quantity', 'case.lines.0.quantity'],
    ['request_intervention', { ...elsewhere[1]![1] }, 'reason', 'intervention.reason'],
    ['cancel_order', story.cancelling, 'reason', 'cancellation.reason'],
  ])('INT-8: %s refused elsewhere is refused here, the field named as it was sent', (_, act, field, named) => {
    const given = givenTicket(...story.resolving(story.replied(), act));
    const refusal = { code: 'quantity_not_available' as const, detail: 'nothing is left of it', field };
    const { state } = given.when(becomes({ state: 'refused', refusal }, at.later)).isRefused(refusal.code, {
      field: named,
      keeps: [{ type: 'resolutionRefused', code: refusal.code }],
    });
    expect(state).toEqual({ ...given.state, resolving: null, updatedAt: at.later });
  });

  it.each([
    [{ outcome: 'open_case', note: 'x', case: { ...application, evidenceIds: [story.caseId] } }, 'case.evidenceIds'],
    [
      { outcome: 'request_intervention', note: 'x', intervention: { ...intervention, evidenceIds: [story.caseId] } },
      'intervention.evidenceIds',
    ],
  ] as [TicketCommands['resolution'], string][])(
    'EVI-5: $outcome hands on files of the ticket only',
    (command, field) => {
      givenTicket(...story.replied())
        .when(asks('resolution', command, { by: agent, at: at.resolving }))
        .isRefused('evidence_not_of_ticket', { field });
    },
  );

  it('INT-8: the consumer may reply while a resolution is under way, and it goes on', () => {
    const { state } = givenTicket(...story.resolving(story.asked()))
      .when(asks('reply', valid.reply[0]!, { by: consumer, at: at.later }))
      .brings({ type: 'consumerReplied' });
    expect(state).toMatchObject({ stage: { status: 'investigating' }, resolving: { act: story.cancelling } });
  });
});

describe('the fields of a resolution', () => {
  const faults = (fields: object) => {
    const { success, error } = ticketCommandSchemas.resolution.safeParse(fields);
    if (success) return [];
    return error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.') || 'body'],
    );
  };
  it.each(valid.resolution)('$outcome', (fields) => expect(faults(fields)).toEqual([]));
  const bad: [what: string, fields: object, field: string][] = [
    ['no outcome', { note: 'x' }, 'outcome'],
    ['the deadline’s outcome', { outcome: 'no_answer', note: 'x' }, 'outcome'],
    ['no note', { outcome: 'answered' }, 'note'],
    ['open_case without a case', { outcome: 'open_case', note: 'x' }, 'case'],
    [
      'a case that names an order',
      { ...valid.resolution[1], case: { ...application, orderId: story.orderId } },
      'orderId',
    ],
    [
      'a case with another reason’s sub-reason',
      { ...valid.resolution[1], case: { ...application, subReason: 'size' } },
      'case.subReason',
    ],
    ['answered with a case', { outcome: 'answered', note: 'x', case: application }, 'case'],
    ['request_intervention without one', { outcome: 'request_intervention', note: 'x' }, 'intervention'],
    ['cancel_order with an intervention', { outcome: 'cancel_order', note: 'x', intervention }, 'intervention'],
    [
      'an unknown reason',
      { outcome: 'cancel_order', note: 'x', cancellation: { reason: 'bored' } },
      'cancellation.reason',
    ],
  ];
  it.each(bad)('%s is refused by name', (_, fields, field) => expect(faults(fields)).toEqual([field]));
});

describe('telling', () => {
  const told = (events: TicketEvent[]) => {
    const { state } = givenTicket(...events);
    return ticketNotices(state, events.at(-1)!);
  };
  const shown = (events: TicketEvent[]) => told(events).map(({ to, text }) => [to.role, ...(text ? [text] : [])]);

  it('TELL-1: whoever must know, with what was written, and never the merchant', () => {
    expect(shown(story.opened())).toEqual([['consumer'], ['agent']]);
    expect(shown(story.claimed())).toEqual([['consumer']]);
    expect(shown(story.asked())).toEqual([['consumer', '请补充开箱视频']]);
    expect(shown(story.replied())).toEqual([['agent', '如图']]);
    expect(shown(story.resolved())).toEqual([['consumer', '已解答']]);
    expect(shown(story.resolving())).toEqual([]);
    expect(shown(story.resolutionRefused())).toEqual([]);
  });

  it('TELL-1: a question says what is due, by when, and what happens otherwise, in both languages', () => {
    const [notice] = told(story.asked());
    expect(messageText(notice!, 'zh-CN')).toEqual({
      title: '客服需要您补充说明',
      body: `客服工单 ${story.id}：待买家回复。请补充开箱视频请买家在 2026-03-05 14:00（北京时间） 前回复客服的提问；逾期工单将自动结束（INT-8）。`,
    });
    expect(messageText(notice!, 'en')).toEqual({
      title: 'Customer service has a question',
      body: `Support ticket ${story.id} is waiting for the consumer’s reply. 请补充开箱视频 The consumer has until 2026-03-05 06:00 UTC to answer the question; otherwise the ticket is closed without an answer (INT-8).`,
    });
  });

  it('TELL-1: every event that is told of, and every status, has words in both languages', () => {
    for (const events of Object.values(story.everyPlace))
      for (const notice of told(events))
        for (const language of ['zh-CN', 'en'] as const) {
          const { title, body } = messageText(notice, language);
          expect(`${title} ${body}`).not.toMatch(/ticketOpened|ticketClaimed|ticketResolved|consumer[AR]|_/);
        }
  });
});

describe('whatever happens, in whatever order', () => {
  const step = fc.record({
    what: fc.constantFrom('command' as const, 'command' as const, 'result' as const, 'deadline' as const),
    name: fc.constantFrom(...names),
    variant: fc.nat(3),
    refused: fc.boolean(),
    late: fc.constantFrom(0, minutes(6)),
  });
  type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

  const decide = (state: TicketState, { what, name, variant, refused, late }: Step, now: number) => {
    const [running] = ticketDeadlines(state);
    if (what === 'deadline') return running ? expireTicketDeadline(state, running, now, now + late) : [];
    if (what === 'result' && state.resolving) {
      const refusal = { code: 'order_ended' as const, detail: 'the order has ended' };
      return takeActed(state, refused ? { state: 'refused', refusal } : { state: 'accepted' }, now).events;
    }
    const fields = valid[name][variant % valid[name].length]!;
    const [role] = rolesForTicket(name);
    return decideTicket(state, name, fields, { commandId: `c-${now}`, actor: { role: role!, id: 'x' }, at: now })
      .events;
  };

  it('INT-8: a ticket is resolved once, by one resolution at a time, and is never stuck', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (path) => {
        const first = story.opened()[0]!;
        const history = [first];
        let state = ticketRules.start(first);
        for (const [index, one] of path.entries()) {
          const before = state;
          const events = decide(before, one, at.opened + index + 1);
          state = evolveTicketAll(before, events);
          history.push(...events);
          const started = events.flatMap((event) => ticketEffects(state, event));
          expect(started).toHaveLength(before.resolving || !state.resolving ? 0 : 1);
          const movable = state.resolving !== null || ticketRules.goesOn(state, []);
          expect(movable, state.stage.status).toBe(true);
          if (ticketRules.isFinal(before)) expect({ ...state, updatedAt: 0 }).toEqual({ ...before, updatedAt: 0 });
        }
        expect({ ...history.slice(1).reduce(evolveTicket, ticketRules.start(first)), version: state.version }).toEqual(
          state,
        );
        if (state.stage.status === 'resolved') ends.add(state.stage.resolution.outcome);
      }),
      { numRuns: 500, seed: 7 },
    );
    expect([...ends].sort()).toEqual([...ticketOutcomes].sort());
  }, 60_000);
});
