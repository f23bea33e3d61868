import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { listAll } from '../../src/cli/demo/connection.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import { isFinalOrder, type OrderState } from '../../src/domain/order/order.ts';
import { durationMs } from '../../src/domain/policy/duration.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { messageIdOf, webhookIdOf } from '../../src/store/deliveries.ts';
import { defineModels, type Models } from '../../src/store/models.ts';
import type { Clients, Person } from './clients.ts';
import { type Run, runOf } from './history.ts';
import type { Movement, SeenItem, SeenSubject, Telling } from './judge.ts';
import type { Listener } from './listener.ts';
import type { Stack } from './stack.ts';
import type { SubjectKind } from './subjects.ts';

/** An order that takes applications for longer than this does not complete while anybody looks on. */
const longestPeriodMs = 120_000;

/** A subject and the plot that it was part of. */
export type Played = { subject: string; plot: string };

const collections = { case: 'cases', order: 'orders', ticket: 'tickets' } as const;
const resources = { case: 'cases', order: 'orders', ticket: 'support-tickets' } as const;

/** How everything stands: MongoDB, the API, Temporal, the provider, the mail server and `listener`, each asked for its own word. */
export async function observe(
  stack: Stack,
  clients: Clients,
  played: Played[],
  listener: Listener,
): Promise<{ subjects: SeenSubject[]; ledger: LedgerEntry[]; movements: Movement[] }> {
  const database = await connectDatabase(stack.mongodbUrl);
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const temporal = new Client({ connection, namespace: stack.namespace });
  try {
    const models = defineModels(database);
    const agent = await clients.as({ role: 'agent', sub: 'observer' });
    const mails = (await (await fetch(`${stack.mailUrl}/mails`)).json()) as { messageId: string }[];
    const arrived = new Set([...mails.map(({ messageId }) => messageId), ...listener.heard]);
    const subjects: SeenSubject[] = [];
    for (const { subject, plot } of played) {
      const [kind, id] = subject.split('/') as [SubjectKind, string];
      const { collection: raw } = models[collections[kind]] as unknown as typeof models.cases;
      const document = await raw.findOne({ _id: id as never });
      const timeline = await models.timeline.collection.find({ subject }).sort({ seq: 1 }).toArray();
      const allocation =
        kind === 'case' && document
          ? await models.allocations.collection.findOne({ _id: document['orderId'] as never })
          : null;
      const entry = (allocation?.['cases'] as Record<string, { status: string; amount: number }> | undefined)?.[id];
      subjects.push({
        kind,
        id,
        plot,
        acts: clients.actsOn(subject),
        runs: await runsOf(temporal, subject),
        temporal: await standingIn(temporal, subject),
        stored: document && { state: document['state'], outcomes: document['outcomes'] as never },
        timeline: timeline.map(({ seq, type, at, rule, status }) => ({
          seq,
          type,
          at: Number(at),
          rule,
          status,
        })) as SeenItem[],
        ...(entry ? { allocation: entry } : {}),
        tellings: await tellingsOf(models, subject, arrived),
        ...(await shownBy(agent, kind, id)),
      });
    }
    const ledger = await models.ledger.collection.find().toArray();
    const movements = (await (await fetch(`${stack.providerUrl}/movements`)).json()) as Movement[];
    return {
      subjects,
      ledger: ledger.map(({ _id, at, ...entry }) => ({ id: String(_id), at: Number(at), ...entry }) as LedgerEntry),
      movements,
    };
  } finally {
    await Promise.all([connection.close(), database.close()]);
  }
}

/** Whether an order stays as it is until somebody does something, for as long as they like. */
async function waitsForPeople({ orders }: Models, id: string): Promise<boolean> {
  const { state } = (await orders.collection.findOne({ _id: id as never })) as unknown as { state: OrderState };
  const soon = durationMs(state.facts.policy.afterSalesPeriod) < longestPeriodMs;
  return !isFinalOrder(state.stage.status) && !(soon && state.stage.status === 'delivered');
}

/** What MongoDB holds of what people and the marketplace's back end are told of a subject, and whether it is there. */
async function tellingsOf({ outbox }: Models, subject: string, arrived: ReadonlySet<string>): Promise<Telling[]> {
  const found = (await outbox.collection
    .find({ _id: { $gte: `${subject}/`, $lt: `${subject}0` } } as never, { projection: { channel: 1, state: 1 } })
    .toArray()) as unknown as { _id: string; channel: Telling['channel']; state?: string }[];
  return found.map(({ _id: id, channel, ...rest }) => ({
    id,
    channel,
    ...rest,
    arrived: arrived.has(channel === 'email' ? messageIdOf(id) : webhookIdOf(id)),
  }));
}

/** Every run of a subject's workflow, the first in front: an order goes on in another when money comes after its end. ORD-9 */
async function runsOf(temporal: Client, workflowId: string): Promise<Run[]> {
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const found of temporal.workflow.list({ query: `WorkflowId = "${workflowId}"` })) runs.push(found);
  runs.sort((one, other) => Number(one.startTime) - Number(other.startTime));
  return Promise.all(
    runs.map(async ({ runId }) => runOf(await temporal.workflow.getHandle(workflowId, runId).fetchHistory())),
  );
}

async function standingIn(temporal: Client, workflowId: string): Promise<SeenSubject['temporal']> {
  const { status, typedSearchAttributes } = await temporal.workflow.getHandle(workflowId).describe();
  const shown = typedSearchAttributes.getAll().find(({ key }) => key.name === 'CaseStatus');
  return { running: status.name === 'RUNNING', status: shown?.value as string | undefined };
}

/** The API's word, as an agent sees it. */
async function shownBy(
  agent: Person,
  kind: SubjectKind,
  id: string,
): Promise<Pick<SeenSubject, 'shown' | 'shownTimeline'>> {
  const path = `/v1/${resources[kind]}/${id}`;
  const found = await agent.get<{
    status: string;
    final?: boolean;
    closeReason?: string;
    refund?: { amount: number; state: string };
  }>(path);
  const { status, final, closeReason, refund } = found;
  const items = await listAll<SeenItem>({ get: agent.get } as never, `${path}/timeline`);
  return {
    shown: {
      status,
      ...(final === undefined ? {} : { final }),
      ...(closeReason === undefined ? {} : { closeReason }),
      ...(refund ? { amount: refund.amount, money: refund.state } : {}),
    },
    shownTimeline: items,
  };
}

/** Waits until Temporal runs no workflow of these that has nothing left to do, and all has been sent. */
export async function settled(stack: Stack, played: Played[], withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  const database = await connectDatabase(stack.mongodbUrl);
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const temporal = new Client({ connection, namespace: stack.namespace });
  try {
    const models = defineModels(database);
    for (const { subject } of played) {
      while (Date.now() < until) {
        if (subject.startsWith('order/') && (await waitsForPeople(models, subject.slice('order/'.length)))) break;
        const { status } = await temporal.workflow.getHandle(subject).describe();
        if (status.name !== 'RUNNING') break;
        await delay(300);
      }
    }
    while (Date.now() < until && (await models.outbox.collection.countDocuments({ state: 'pending' })) > 0)
      await delay(300);
  } finally {
    await Promise.all([connection.close(), database.close()]);
  }
}
