import { describe, expect, it } from 'vitest';
import { type CaseState, interventionReasons } from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { caseDeadlines, caseListensUntil } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase, openChoices, rolesFor } from '../../src/domain/case/decide.ts';
import type { OrderCommandName } from '../../src/domain/order/commands.ts';
import { availableOrderActions, decideOrder, rolesForOrder } from '../../src/domain/order/decide.ts';
import type { OrderState } from '../../src/domain/order/order.ts';
import { type Role, roles } from '../../src/domain/parties.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { givenCase, givenOrder } from './specification.ts';
import { caseActions, orderActions, validCaseCommands, validOrderCommands } from './validCommands.ts';

const given = (role: Role, at: number) => ({ commandId: 'cmd-1', actor: { role, id: `${role}-1` }, at });

/** The actions that the rules let the role take in this state: those of which something comes. */
const caseActionsTaken = (state: CaseState, role: Role) =>
  (Object.keys(caseActions) as CaseCommandName[])
    .filter((name) =>
      validCaseCommands(state)[name].some(
        (fields) => decideCase(state, name, fields, given(role, state.updatedAt + 1)).answer.kind !== 'refused',
      ),
    )
    .map((name) => caseActions[name]);
const orderActionsTaken = (state: OrderState, role: Role) =>
  (Object.keys(orderActions) as OrderCommandName[])
    .filter((name) =>
      validOrderCommands(state)[name].some((fields) => {
        const { answer, events } = decideOrder(state, name, fields, given(role, state.updatedAt + 1));
        return answer.kind !== 'refused' && events.length > 0; // a repeated notice is accepted, and nothing comes of it
      }),
    )
    .map((name) => orderActions[name]);

const pairs = (places: Record<string, unknown>) =>
  Object.keys(places).flatMap((place) => roles.map((role) => ({ place, role })));

describe('SEE-1: what is offered is what is allowed', () => {
  it.each(pairs(caseStory.everyPlace))('a case in $place, for the $role', ({ place, role }) => {
    const { state } = givenCase(...caseStory.everyPlace[place]!);
    expect(availableActions(state, role).sort()).toEqual(caseActionsTaken(state, role).sort());
  });

  it.each(pairs(orderStory.everyPlace))('an order in $place, for the $role', ({ place, role }) => {
    const { state } = givenOrder(...orderStory.everyPlace[place]!);
    // ORD-9: money is taken wherever the order is, and asked for only while it is unpaid
    const moneyIsAskedFor = state.stage.status === 'pending_payment';
    const taken = orderActionsTaken(state, role).filter((action) => action !== 'payment' || moneyIsAskedFor);
    expect(availableOrderActions(state, role).sort()).toEqual(taken.sort());
  });

  it.each(Object.keys(caseStory.everyPlace))('and what a field takes there: a case in %s', (place) => {
    const { state } = givenCase(...caseStory.everyPlace[place]!);
    const offered = roles.flatMap((role) => availableActions(state, role));
    const files = { evidenceIds: [caseStory.evidenceId] };
    const tries: { [Name in CaseCommandName]?: [field: string, value: string, fields: CaseCommands[Name]][] } = {
      merchantDecision: [
        ['decision', 'approve', { decision: 'approve' }],
        ['decision', 'refuse', { decision: 'refuse', refusalCode: 'goods_used', ...files }],
      ],
      receiptConfirmation: [
        ['outcome', 'received', { outcome: 'received' }],
        ['outcome', 'refused', { outcome: 'refused', refusalCode: 'empty_parcel', ...files }],
      ],
      interventionRequest: interventionReasons.map((reason) => [
        'reason',
        reason,
        { reason, statement: '商家不讲理', ...files },
      ]),
    };
    const taken: Record<string, Record<string, string[]>> = {};
    for (const [name, ways] of Object.entries(tries)) {
      const action = caseActions[name as CaseCommandName];
      for (const [field, value, fields] of ways) {
        const by = { ...given('consumer', state.updatedAt + 1), actor: { role: 'operator', id: 'o-1' } as const };
        const { answer } = decideCase(
          state,
          name as 'merchantDecision',
          fields as CaseCommands['merchantDecision'],
          by,
        );
        if (!offered.includes(action)) expect(answer.kind).toBe('refused');
        else if (answer.kind !== 'refused') ((taken[action] ??= {})[field] ??= []).push(value);
      }
    }
    expect(openChoices(state)).toEqual(taken);
  });

  it('every action is somewhere open to each role that may ever take it, and to no other', () => {
    for (const name of Object.keys(caseActions) as CaseCommandName[]) {
      const open = roles.filter((role) =>
        Object.values(caseStory.everyPlace).some((events) =>
          availableActions(givenCase(...events).state, role).includes(caseActions[name]),
        ),
      );
      expect(open.sort(), name).toEqual([...rolesFor(name)].sort());
    }
    for (const name of Object.keys(orderActions) as OrderCommandName[]) {
      const open = roles.filter((role) =>
        Object.values(orderStory.everyPlace).some((events) =>
          availableOrderActions(givenOrder(...events).state, role).includes(orderActions[name]),
        ),
      );
      expect(open.sort(), name).toEqual([...rolesForOrder(name)].sort());
    }
  });

  it('every action of the contract is on offer somewhere, and no other', () => {
    const offered = new Set(
      Object.values(caseStory.everyPlace).flatMap((events) =>
        roles.flatMap((role) => availableActions(givenCase(...events).state, role)),
      ),
    );
    expect([...offered].sort()).toEqual(Object.values(caseActions).sort());
  });
});

describe('no dead ends', () => {
  it.each(Object.keys(caseStory.everyPlace))(
    'a case in %s has ended, or a deadline, an effect or somebody can move it',
    (place) => {
      const { state, pending } = givenCase(...caseStory.everyPlace[place]!);
      // final is not ended: a merchant's appeal may still be open (INT-9)
      const ended = caseListensUntil(state) !== undefined;
      const movers = [
        caseDeadlines(state).length > 0,
        pending.length > 0,
        ...roles.map((role) => availableActions(state, role).length > 0),
      ];
      expect(movers.includes(true)).toBe(!ended);
    },
  );

  it.each(Object.keys(orderStory.everyPlace))('an order in %s likewise', (place) => {
    const { state, pending } = givenOrder(...orderStory.everyPlace[place]!);
    const ended =
      state.stage.status === 'completed' ||
      (state.stage.status === 'cancelled' && state.refunds.every((refund) => refund.state === 'settled'));
    const movers = [
      'deadline' in state.stage,
      pending.length > 0,
      ...roles.map((role) => availableOrderActions(state, role).length > 0),
    ];
    expect(movers.includes(true)).toBe(!ended);
  });
});
