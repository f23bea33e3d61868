import { describe, expect, it } from 'vitest';
import { decideCase } from '../../src/domain/case/decide.ts';
import { countsFrom } from '../../src/domain/decision.ts';
import { decideOrder } from '../../src/domain/order/decide.ts';
import { decideTicket } from '../../src/domain/ticket/decide.ts';
import { anApplication, aPolicy, hours, noon } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { agent, consumer, givenCase, givenOrder, givenTicket, service } from './specification.ts';
import * as ticketStory from './ticketStories.ts';

const { orderId } = caseStory;

const minutes = (count: number) => count * 60_000;

it.each([
  ['one that was handed over at once', undefined, noon],
  ['a repeat within the tolerance', noon + minutes(5) - 1, noon],
  ['a repeat at its end', noon + minutes(5), noon],
  ['a repeat after it', noon + minutes(5) + 1, noon + minutes(5) + 1],
  ['a repeat two days later', noon + hours(48), noon + hours(48)],
])(
  'POL-4: what a command gives another to do counts from its receipt, or from when it came through: %s',
  (_, handedOverAt, from) => {
    expect(countsFrom({ receivedAt: noon, ...(handedOverAt ? { handedOverAt } : {}) }, aPolicy(), 3)).toBe(from);
    expect(
      countsFrom({ receivedAt: noon, ...(handedOverAt ? { handedOverAt } : {}) }, aPolicy(), 2),
      'by rules 2',
    ).toBe(noon);
  },
);

describe('POL-4: a late repeat was in time by its first receipt', () => {
  const late = { at: noon + hours(200), receivedAt: noon + hours(2) };

  it('INT-7: a request taken back before the old deadline had passed goes back under it', () => {
    const { state } = givenCase(...caseStory.requested());
    const old = (state.intervention!.origin as { deadline: { at: number } }).deadline.at;
    const back = (receivedAt: number) =>
      decideCase(
        state,
        'interventionWithdrawal',
        {},
        { commandId: 'c', actor: consumer, at: old + hours(1), receivedAt },
      );
    expect(back(old).events.map(({ type }) => type)).toEqual(['interventionWithdrawn']);
    expect(back(old + 1).events.map(({ type }) => type)).toEqual(['interventionWithdrawn', 'caseClosed']);
  });

  it('ELIG-3: an order was delivered when that was first reported', () => {
    const { state } = givenOrder(...orderStory.shipped());
    const given = { commandId: 'c', actor: service, ...late };
    const { events } = decideOrder(state, 'delivery', {}, given);
    expect(events).toMatchObject([{ type: 'orderDelivered', at: late.at, deliveredAt: late.receivedAt }]);
  });

  it('INT-8: what a ticket is resolved by keeps both moments', () => {
    const { state } = givenTicket(...ticketStory.everyPlace['open']!);
    const { orderId: _order, ...wish } = anApplication(orderId);
    const resolution = { outcome: 'open_case' as const, note: '代为申请', case: wish };
    const { events } = decideTicket(state, 'resolution', resolution, { commandId: 'c', actor: agent, ...late });
    expect(givenTicket(...ticketStory.everyPlace['open']!, ...events).state.resolving).toMatchObject(late);
  });
});
