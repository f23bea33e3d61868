import { z } from 'zod';
import type { MoneyOrder } from '../../domain/money/gate.ts';
import type { Service } from '../context.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageQuery, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import {
  type CapBody,
  capSchema,
  changePage,
  moneyAnswer,
  presentChange,
  presentMoney,
  type StopBody,
  stopSchema,
} from './schema.ts';

const tag = 'Outgoing money';
const path = '/v1/money';

async function answerMoney({ store, clock }: Service): Promise<Answer> {
  const at = clock();
  const [gate, waiting] = await Promise.all([store.money.gate(at), store.money.waiting()]);
  return { body: presentMoney(gate, waiting, at) };
}

/** Has an order carried out once, whoever repeats it, and answers where outgoing money stands then. */
async function order<Body extends { reason: string }>(
  service: Service,
  asked: Asked<undefined, Body>,
  routePath: string,
  wanted: MoneyOrder,
): Promise<Answer> {
  const id = await rememberOnce(service, asked, `POST ${routePath}`, 'money');
  const { caller, body, receivedAt } = asked;
  const entered = { ...wanted, id, at: receivedAt, by: caller.id, reason: body.reason };
  const refusal = await service.store.money.obey(entered);
  if (refusal) throw Problem.refusal(refusal);
  return answerMoney(service);
}

const scopeOf = ({ provider }: StopBody) => (provider ? { provider } : {});

const show = route({
  method: 'get',
  path,
  summary: 'Outgoing money: what is stopped and capped, since when, by whom and why; what left today, what waits',
  tag,
  roles: ['agent', 'admin'],
  answer: moneyAnswer,
  answers: answerMoney,
});

const stop = route<undefined, StopBody>({
  method: 'post',
  path: `${path}/stop`,
  summary: 'Stops outgoing money, all or one provider’s: once answered, nothing is asked for but what is under way',
  tag,
  roles: ['admin'],
  body: stopSchema,
  answer: moneyAnswer,
  refuses: ['money_already_stopped'],
  answers: (service, asked) => order(service, asked, `${path}/stop`, { action: 'stop', ...scopeOf(asked.body) }),
});

const resume = route<undefined, StopBody>({
  method: 'post',
  path: `${path}/resume`,
  summary:
    'Lifts a stop: what waited goes out within half a minute. A provider’s stop and that of all are lifted apart',
  tag,
  roles: ['admin'],
  body: stopSchema,
  answer: moneyAnswer,
  refuses: ['money_not_stopped'],
  answers: (service, asked) => order(service, asked, `${path}/resume`, { action: 'resume', ...scopeOf(asked.body) }),
});

const cap = route<undefined, CapBody>({
  method: 'post',
  path: `${path}/cap`,
  summary: 'Sets the most that leaves in a day in a currency, or takes it away; what is over it waits for the next day',
  tag,
  roles: ['admin'],
  body: capSchema,
  answer: moneyAnswer,
  answers(service, asked) {
    const { currency, amount } = asked.body;
    return order(service, asked, `${path}/cap`, { action: 'cap', currency, amount });
  },
});

const listQuery = z.strictObject(pageQuery);
const listOrder = 'seq';

const audit = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: `${path}/audit`,
  summary: 'Every order about outgoing money, newest first: who, when, what and why',
  tag,
  roles: ['agent', 'admin'],
  query: listQuery,
  answer: changePage,
  async answers({ store }, { query: { limit, cursor } }) {
    const found = await store.money.changes(limit + 1, readCursor(listOrder, cursor)?.key ?? undefined);
    return {
      body: page(found, limit, presentChange, ({ seq, id }) => writeCursor(listOrder, { key: seq, id })),
    };
  },
});

/** The switch that stops outgoing money, and the daily cap. */
export const moneyRoutes: readonly Route[] = [show, stop, resume, cap, audit];
