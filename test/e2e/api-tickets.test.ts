import { randomBytes, randomUUID } from 'node:crypto';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  type Ask,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
  type RunningWorker,
  stored,
} from '../api/harness.ts';

let api: Api;
let worker: RunningWorker;
let consumer: Person;
let merchant: Person;
let agent: Person;
let strangers: Person[];

beforeAll(async () => {
  api = await apiHere();
  worker = await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
  agent = api.as('agent', 'a-1');
  strangers = [api.as('consumer', 'c-2')];
});
afterAll(() => api.close());

const base = '/v1/support-tickets';
const pathOf = (id: string) => `${base}/${id}`;
const ticketFor = (orderId: string, more: object = {}) => ({
  orderId,
  category: 'refund',
  description: '商家一直不处理',
  evidenceIds: [],
  ...more,
});
const { orderId: _order, ...application } = applicationFor('');
const ask = (who: Person, id: string, action: string, fields: object = {}, how: Ask = {}) =>
  who.post(`${pathOf(id)}/${action}`, fields, how);
/** The ticket after an action that must be accepted. */
const act = async (who: Person, id: string, action: string, fields: object = {}) =>
  (await expectStatus(200, ask(who, id, action, fields))).body;
const shown = async (id: string, who = agent) => (await expectStatus(200, who.get(pathOf(id)))).body;
const open = async (orderId: string, more: object = {}) =>
  (await expectStatus(201, consumer.post(base, ticketFor(orderId, more)))).body;
const typesOf = async (id: string, who = agent) =>
  (await expectStatus(200, who.get(`${pathOf(id)}/timeline?limit=100`))).body.items.map(({ type }) => type);

async function photo(who: Person): Promise<string> {
  const content = Buffer.concat([Buffer.from('ffd8ffe000104a4649460001', 'hex'), randomBytes(500)]);
  const form = new FormData();
  form.set('kind', 'order_screenshot');
  form.set('file', new Blob([new Uint8Array(content)], { type: 'image/jpeg' }), '截图.jpg');
  return (await expectStatus(201, who.upload('/v1/evidence', form))).body.id;
}

async function paidOrder(more: Record<string, unknown> = {}): Promise<Body> {
  const service = api.as('service', 's-1');
  const { id } = (await expectStatus(201, service.post('/v1/orders', orderBody(more)))).body;
  return (
    await expectStatus(200, service.post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: 13_900 }))
  ).body;
}

async function refusedCase(evidenceIds: string[] = []): Promise<Body> {
  const order = await deliveredOrder(api);
  const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, { evidenceIds })))).body;
  const refusal = { decision: 'refuse', refusalCode: 'out_of_window' };
  return (await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, refusal))).body;
}

async function movementsOf(orderId: string) {
  const movements = (await (await fetch(`${worker.providerUrl}/movements`)).json()) as {
    kind: string;
    orderId: string;
    amount: number;
  }[];
  return movements.filter((one) => one.orderId === orderId).map(({ kind, amount }) => [kind, amount]);
}

describe('whole tickets over HTTP', () => {
  it('INT-8: opened, claimed by signal, asked, replied to, and a case opened with the ticket’s file', async () => {
    const order = await deliveredOrder(api);
    const screenshot = await photo(consumer);
    const ticket = await open(order.id, { channel: 'service_chat', evidenceIds: [screenshot] });
    expect(ticket).toMatchObject({
      orderId: order.id,
      consumerId: 'c-1',
      channel: 'service_chat',
      category: 'refund',
      status: 'open',
      final: false,
      thread: [],
      deadline: null,
      availableActions: ['reply'],
      version: 1,
    });
    expect((await shown(ticket.id))['availableActions']).toEqual(['claim', 'information-request', 'resolution']);

    await api.temporal.workflow.getHandle(`ticket/${ticket.id}`).signal('claim', {});
    await expect.poll(async () => (await shown(ticket.id)).status).toBe('investigating');

    const asked = await act(agent, ticket.id, 'information-request', { question: '何时收到的?' });
    expect(asked).toMatchObject({
      status: 'waiting_for_consumer',
      question: '何时收到的?',
      deadline: { kind: 'ticketReply', rule: 'INT-8', waitingFor: 'consumer', onExpiry: 'resolved_without_answer' },
      assignedTo: { role: 'operator' },
    });
    const unboxing = await photo(consumer);
    const replied = await act(consumer, ticket.id, 'reply', { text: '昨天', evidenceIds: [unboxing] });
    expect(replied).toMatchObject({
      status: 'investigating',
      thread: [
        { by: { role: 'agent', id: 'a-1' }, text: '何时收到的?', evidenceIds: [] },
        { by: { role: 'consumer', id: 'c-1' }, text: '昨天', evidenceIds: [unboxing] },
      ],
    });
    expect(replied).not.toHaveProperty('question');
    expect((await merchant.get(`/v1/evidence/${unboxing}`)).status).toBe(404);
    expect((await agent.get(`/v1/evidence/${unboxing}`)).status).toBe(200);

    const resolved = await act(agent, ticket.id, 'resolution', {
      outcome: 'open_case',
      note: '已代您申请',
      case: { ...application, evidenceIds: [unboxing] },
    });
    expect(resolved).toMatchObject({
      status: 'resolved',
      final: true,
      resolution: { outcome: 'open_case', note: '已代您申请', by: { role: 'agent', id: 'a-1' }, orderId: order.id },
      availableActions: [],
    });
    const { caseId } = resolved['resolution'] as { caseId: string };
    expect((await expectStatus(200, merchant.get(`/v1/cases/${caseId}`))).body).toMatchObject({
      orderId: order.id,
      consumerId: 'c-1',
      status: 'pending_merchant_review',
      channel: 'service_chat',
      evidenceIds: [unboxing],
    });
    // EVI-3: the case's merchant sees what was handed on, and nothing else of the ticket
    expect((await merchant.get(`/v1/evidence/${unboxing}`)).body).toMatchObject({ id: unboxing });
    expect((await merchant.get(`/v1/evidence/${unboxing}/content`)).status).toBe(200);
    expect((await merchant.get(`/v1/evidence/${screenshot}`)).status).toBe(404);
    const files = (await expectStatus(200, merchant.get(`/v1/cases/${caseId}/evidence`))).body;
    expect(files).toMatchObject({ items: [{ id: unboxing, uploadedBy: { role: 'consumer', id: 'c-1' } }] });
    const dossier = (await expectStatus(200, agent.get(`/v1/cases/${caseId}/dossier`))).body;
    expect(dossier['evidence']).toMatchObject([{ id: unboxing }]);
    expect((await api.as('merchant', 'm-2').get(`/v1/evidence/${unboxing}`)).status).toBe(404);
    expect(await typesOf(ticket.id, consumer)).toEqual([
      'ticketOpened',
      'ticketClaimed',
      'consumerAsked',
      'consumerReplied',
      'resolutionStarted',
      'ticketResolved',
    ]);
  });

  it('INT-8, INT-1: intervention is requested on a refused case, with a file of the ticket', async () => {
    const refused = await refusedCase();
    const file = await photo(consumer);
    const ticket = await open(refused.orderId, { evidenceIds: [file] });
    const intervention = {
      caseId: refused.id,
      reason: 'merchant_refused',
      statement: '商家无理拒绝',
      evidenceIds: [file],
    };
    const resolved = await act(agent, ticket.id, 'resolution', {
      outcome: 'request_intervention',
      note: '已代您申请平台介入',
      intervention,
    });
    expect(resolved).toMatchObject({ resolution: { outcome: 'request_intervention', caseId: refused.id } });
    expect((await merchant.get(`/v1/cases/${refused.id}`)).body).toMatchObject({
      status: 'intervention_requested',
      intervention: { statement: '商家无理拒绝', evidenceIds: [file] },
    });
    expect((await merchant.get(`/v1/evidence/${file}`)).status).toBe(200);
    const items = (await consumer.get(`/v1/cases/${refused.id}/timeline`)).body.items;
    expect(items.at(-1)).toMatchObject({
      type: 'interventionRequested',
      actor: { role: 'consumer', id: 'c-1' },
      detail: { enteredBy: { role: 'agent', id: 'a-1' } },
    });
  });

  it('INT-8, ORD-4: two resolutions at once cancel a paid order once, with one full refund', async () => {
    const order = await paidOrder();
    const ticket = await open(order.id, { category: 'cancellation' });
    const cancels = { outcome: 'cancel_order', note: '买家不想要了' };
    const replies = await Promise.all([
      ask(agent, ticket.id, 'resolution', cancels),
      ask(api.as('agent', 'a-2'), ticket.id, 'resolution', cancels),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(['in_progress', 'ticket_ended', 'claimed_by_another']).toContain(
      replies.find(({ status }) => status === 409)!.body.code,
    );
    expect((await shown(ticket.id))['resolution']).toMatchObject({ outcome: 'cancel_order', orderId: order.id });
    await expect.poll(() => movementsOf(order.id)).toEqual([['refund', 13_900]]);
    expect((await consumer.get(`/v1/orders/${order.id}`)).body).toMatchObject({
      status: 'cancelled',
      cancellation: { reason: 'changed_mind', by: 'agent' },
    });
    expect(await ask(consumer, ticket.id, 'reply', { text: '谢谢', evidenceIds: [] })).toMatchObject({
      status: 409,
      body: { code: 'ticket_ended' },
    });
  });

  it('INT-8: what is refused elsewhere is refused here with its code and field, and the ticket goes on', async () => {
    const order = await deliveredOrder(api);
    const ticket = await open(order.id);
    const lines = [{ lineId: 'l-1', quantity: 2 }];
    const refused = await ask(agent, ticket.id, 'resolution', {
      outcome: 'open_case',
      note: '代为申请',
      case: { ...application, lines },
    });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'quantity_not_available', errors: [{ field: 'case.lines.0.quantity' }] },
    });
    expect(await shown(ticket.id)).toMatchObject({ status: 'open', final: false });
    expect(await ask(agent, ticket.id, 'resolution', { outcome: 'cancel_order', note: '代为取消' })).toMatchObject({
      status: 409,
      body: { code: 'order_already_delivered' },
    });
    await act(agent, ticket.id, 'resolution', { outcome: 'answered', note: '请重新申请' });
    expect((await consumer.get(`/v1/cases?orderId=${order.id}`)).body.items).toEqual([]);
  });

  it('INT-8: an agent opens a ticket for the order’s consumer, who sees it', async () => {
    const order = await paidOrder();
    const { id, consumerId } = (await expectStatus(201, agent.post(base, ticketFor(order.id)))).body;
    expect(consumerId).toBe('c-1');
    expect(await shown(id, consumer)).toMatchObject({ status: 'open', channel: 'feedback' });
  });

  it('TELL-1: the consumer is told of the question, the agents of ticket and reply, the merchant of nothing', async () => {
    const order = await paidOrder({ consumerId: 'c-told', merchantId: 'm-told' });
    const told = api.as('consumer', 'c-told');
    const { id } = (await expectStatus(201, told.post(base, ticketFor(order.id)))).body;
    await act(agent, id, 'information-request', { question: '何时收到的?' });
    await act(told, id, 'reply', { text: '昨天', evidenceIds: [] });
    const messagesOf = async (who: Person) =>
      (await who.get('/v1/messages?limit=100')).body.items.filter(({ ticketId }) => ticketId === id);
    expect((await messagesOf(told))[0]).toMatchObject({ title: '客服需要您补充说明', orderId: order.id });
    expect((await messagesOf(agent)).map(({ title }) => title)).toEqual(['买家回复了工单', '客服工单已提交']);
    expect(await messagesOf(api.as('merchant', 'm-told'))).toEqual([]);
  });
});

describe('one ticket, once', () => {
  it('the same key answers the same ticket, other fields are refused, and If-Match is judged', async () => {
    const order = await paidOrder();
    const key = randomUUID();
    const both = await Promise.all([
      consumer.post(base, ticketFor(order.id), { key }),
      consumer.post(base, ticketFor(order.id), { key }),
    ]);
    expect(both.map(({ status, body }) => [status, body.id])).toEqual([
      [201, both[0].body.id],
      [201, both[0].body.id],
    ]);
    const { id } = both[0].body;
    expect(both[0].headers.get('location')).toBe(pathOf(id));
    expect(both[0].headers.get('etag')).toBe('"1"');
    expect(await consumer.post(base, ticketFor(order.id, { category: 'other' }), { key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const answered = { outcome: 'answered', note: '已解答' };
    expect(await agent.post(`${pathOf(id)}/resolution`, answered, { ifMatch: '"7"' })).toMatchObject({
      status: 412,
      body: { code: 'stale_version' },
    });
    const resolve = { key: randomUUID(), ifMatch: '"1"' };
    await expectStatus(200, agent.post(`${pathOf(id)}/resolution`, answered, resolve));
    await expectStatus(200, agent.post(`${pathOf(id)}/resolution`, answered, resolve));
    expect(await typesOf(id)).toEqual(['ticketOpened', 'ticketResolved']);
    expect((await agent.get(pathOf(id), { 'if-none-match': '"2"' })).status).toBe(304);
  });

  it('INT-8: agents see who has claimed a ticket, also where they ask whether their copy is still good; its consumer does not', async () => {
    const { id } = await open((await paidOrder()).id);
    const read = (tag: string | null = null) => agent.get(pathOf(id), tag ? { 'if-none-match': tag } : {});
    expect((await read()).body['lease']).toBeNull();
    await expectStatus(200, agent.post(`/v1/queues/tickets/${id}/claim`, {}));
    await expect.poll(async () => (await shown(id)).status).toBe('investigating');
    const claimed = await read();
    const lease = { agent: 'a-1', until: expect.any(String) };
    expect(claimed.body['lease']).toEqual(lease);
    expect((await shown(id, api.as('agent', 'a-2')))['lease']).toEqual(lease);
    expect(await shown(id, consumer)).not.toHaveProperty('lease');
    const tag = claimed.headers.get('etag') ?? '';
    expect((await read(tag)).status).toBe(304);
    await expectStatus(200, agent.post(`/v1/queues/tickets/${id}/release`, {}));
    expect((await read(tag)).body['lease']).toBeNull();
    await expectStatus(200, agent.post(`/v1/queues/tickets/${id}/claim`, {}));
    const ifMatch = (await read()).headers.get('etag') ?? '';
    const answered = { outcome: 'answered', note: '已解答' };
    expect(await ask(api.as('agent', 'a-2'), id, 'resolution', answered)).toMatchObject({
      status: 409,
      body: { code: 'claimed_by_another' },
    });
    await expectStatus(200, ask(agent, id, 'resolution', answered, { ifMatch }));
  });

  it('INT-8: lists by status, order and category, each caller its own', async () => {
    const mine = api.as('consumer', 'c-list');
    const order = await paidOrder({ consumerId: 'c-list' });
    const ids: string[] = [];
    for (const category of ['return', 'logistics', 'logistics'])
      ids.push((await expectStatus(201, mine.post(base, ticketFor(order.id, { category })))).body.id);
    await act(agent, ids[0]!, 'resolution', { outcome: 'answered', note: '已解答' });
    const idsOf = async (who: Person, query: string) =>
      (await expectStatus(200, who.get(`${base}?${query}`))).body.items.map(({ id }) => id);
    expect(await idsOf(mine, '')).toEqual(ids.toReversed());
    expect(await idsOf(agent, `orderId=${order.id}&status=resolved`)).toEqual([ids[0]]);
    expect(await idsOf(mine, 'category=logistics')).toEqual([ids[2], ids[1]]);
    expect(await idsOf(mine, 'kind=logistics&merchantId=m-1')).toEqual([ids[2], ids[1]]);
    expect(await idsOf(agent, `orderId=${order.id}&merchantId=m-2`)).toEqual([]);
    expect(await idsOf(api.as('admin', 'x'), `orderId=${order.id}&sort=updatedAt&limit=1`)).toEqual([ids[0]]);
    const first = (await mine.get(`${base}?limit=2`)).body;
    expect(await idsOf(mine, `limit=2&cursor=${first.nextCursor}`)).toEqual([ids[0]]);
    expect(await idsOf(strangers[0]!, `orderId=${order.id}`)).toEqual([]);
  });
});

describe('who may not, and what is no ticket', () => {
  it('strangers learn nothing, merchants have no part in tickets', async () => {
    const order = await paidOrder();
    const { id } = await open(order.id);
    const reply = { text: '昨天', evidenceIds: [] };
    for (const stranger of strangers) {
      for (const asked of [
        stranger.get(pathOf(id)),
        stranger.get(`${pathOf(id)}/timeline`),
        ask(stranger, id, 'reply', reply),
      ])
        expect(await asked).toMatchObject({ status: 404, body: { code: 'ticket_not_found' } });
      expect(await stranger.post(base, ticketFor(order.id))).toMatchObject({
        status: 404,
        body: { code: 'order_not_found' },
      });
    }
    for (const asked of [
      merchant.get(base),
      merchant.get(pathOf(id)),
      merchant.get(`${pathOf(id)}/timeline`),
      merchant.post(base, ticketFor(order.id)),
      ask(agent, id, 'reply', reply),
      ask(consumer, id, 'information-request', { question: '?' }),
      ask(consumer, id, 'resolution', { outcome: 'answered', note: 'x' }),
    ])
      expect(await asked).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    expect(await ask(consumer, randomUUID(), 'reply', reply)).toMatchObject({
      status: 404,
      body: { code: 'ticket_not_found' },
    });
    expect(await ask(agent, id, 'claim')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  const openings: [what: string, fields: object, field: string][] = [
    ['no order', { orderId: undefined }, 'orderId'],
    ['an order id that is none', { orderId: '1' }, 'orderId'],
    ['an unknown category', { category: 'complaint' }, 'category'],
    ['a channel that opens no tickets', { channel: 'return_page' }, 'channel'],
    ['a blank description', { description: '  ' }, 'description'],
    ['a description of 4,001 characters', { description: 'x'.repeat(4001) }, 'description'],
    ['no evidenceIds', { evidenceIds: undefined }, 'evidenceIds'],
    ['a file twice', { evidenceIds: Array(2).fill(randomUUID()) }, 'evidenceIds'],
    ['an unknown field', { status: 'resolved' }, 'status'],
  ];
  it.each(openings)('a ticket with %s is refused by name, and nothing changes', async (_, fields, field) => {
    const before = await stored(api);
    expect(await consumer.post(base, ticketFor(randomUUID(), fields))).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field }] },
    });
    expect(await stored(api)).toEqual(before);
  });

  const intervention = { caseId: randomUUID(), reason: 'other', statement: '请介入', evidenceIds: [] };
  const actions: [who: 'agent' | 'consumer', action: string, fields: object, field: string][] = [
    ['agent', 'information-request', {}, 'question'],
    ['agent', 'information-request', { question: ' ' }, 'question'],
    ['consumer', 'reply', { evidenceIds: [] }, 'text'],
    ['consumer', 'reply', { text: 'x' }, 'evidenceIds'],
    ['agent', 'resolution', { note: 'x' }, 'outcome'],
    ['agent', 'resolution', { outcome: 'no_answer', note: 'x' }, 'outcome'],
    ['agent', 'resolution', { outcome: 'answered' }, 'note'],
    ['agent', 'resolution', { outcome: 'open_case', note: 'x' }, 'case'],
    ['agent', 'resolution', { outcome: 'answered', note: 'x', case: application }, 'case'],
    ['agent', 'resolution', { outcome: 'open_case', note: 'x', case: { ...application, lines: [] } }, 'case.lines'],
    ['agent', 'resolution', { outcome: 'request_intervention', note: 'x' }, 'intervention'],
    [
      'agent',
      'resolution',
      { outcome: 'request_intervention', note: 'x', intervention: { ...intervention, caseId: '1' } },
      'intervention.caseId',
    ],
    ['agent', 'resolution', { outcome: 'cancel_order', note: 'x', intervention }, 'intervention'],
    ['agent', 'resolution', { outcome: 'cancel_order', note: 'x', cancellation: {} }, 'cancellation.reason'],
    ['agent', 'deadline-extension', { until: 'tomorrow', reason: 'x' }, 'until'],
  ];
  it.each(actions)('from the %s: %s %j is refused, naming %s', async (who, action, fields, field) => {
    expect(await ask(who === 'agent' ? agent : consumer, randomUUID(), action, fields)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field }] },
    });
  });

  it('EVI-5: another’s file is not taken, and an agent hands on files of the ticket only', async () => {
    const refused = await refusedCase();
    const theirs = await photo(merchant);
    expect(await consumer.post(base, ticketFor(refused.orderId, { evidenceIds: [theirs] }))).toMatchObject({
      status: 422,
      body: { code: 'evidence_unknown' },
    });
    const { id } = await open(refused.orderId);
    const own = await photo(agent);
    const wish = { ...intervention, evidenceIds: [own] };
    const resolution = { outcome: 'request_intervention', note: 'x', intervention: wish };
    expect(await ask(agent, id, 'resolution', resolution)).toMatchObject({
      status: 422,
      body: { code: 'evidence_not_of_ticket', errors: [{ field: 'intervention.evidenceIds' }] },
    });
    expect(await ask(agent, id, 'resolution', { ...resolution, intervention })).toMatchObject({
      status: 422,
      body: { code: 'case_not_of_ticket', errors: [{ field: 'intervention.caseId' }] },
    });
    expect((await shown(id)).status).toBe('open');
  });
});

/** The last signal in a workflow's history, once there is one, and when it came there, UTC ms. A task under way keeps it back for a while. */
const signalOf = (workflowId: string): Promise<{ name: string; at: number; fields: object }> =>
  vi.waitFor(
    async () => {
      const { events } = await api.temporal.workflow.getHandle(workflowId).fetchHistory();
      const signals = (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: signal }) => signal);
      const last = signals.at(-1);
      if (!last) throw new Error(`${workflowId} has heard of no signal`);
      const { signalName, input } = last.workflowExecutionSignaledEventAttributes ?? {};
      const [fields] = input?.payloads ?? [];
      return {
        name: signalName ?? '',
        at: tsToMs(last.eventTime),
        fields: JSON.parse(Buffer.from(fields?.data ?? '{}').toString()) as object,
      };
    },
    { timeout: 60_000, interval: 100 },
  );

describe('with no worker', () => {
  it('POL-4: what is said is answered 202, and judged in its order once one is back', async () => {
    const order = await paidOrder();
    const { id } = await open(order.id);
    await worker.stop();
    const pending = await Promise.all([
      ask(agent, id, 'resolution', { outcome: 'cancel_order', note: '买家不想要了' }, { pending: true }),
      ask(consumer, id, 'reply', { text: '请尽快', evidenceIds: [] }, { pending: true }),
    ]);
    expect(pending.map(({ status }) => status)).toEqual([202, 202]);
    worker = await api.startWorker();
    const resolution = pending[0].headers.get('location')!;
    await expect
      .poll(async () => (await agent.get(resolution)).body)
      .toMatchObject({ state: 'accepted', subject: `ticket/${id}` });
    expect(await shown(id)).toMatchObject({ status: 'resolved', resolution: { outcome: 'cancel_order' } });
    expect((await consumer.get(resolution)).status).toBe(404);
    await expect.poll(() => movementsOf(order.id)).toEqual([['refund', 13_900]]);
  });

  it('POL-4: a case is told of the intervention that its ticket will bring before that is acknowledged', async () => {
    const refused = await refusedCase();
    const { id } = await open(refused.orderId);
    await worker.stop();
    const wish = { caseId: refused.id, reason: 'merchant_refused', statement: '商家无理拒绝', evidenceIds: [] };
    const resolution = { outcome: 'request_intervention', note: '代为申请', intervention: wish };
    expect((await ask(agent, id, 'resolution', resolution, { pending: true })).status).toBe(202);
    const [told, taken] = await Promise.all([signalOf(`case/${refused.id}`), signalOf(`ticket/${id}`)]);
    worker = await api.startWorker();
    expect([told.name, taken.name]).toEqual(['actionComing', 'resolution']);
    expect(told.at).toBeLessThanOrEqual(taken.at);
    expect(told.fields).toMatchObject({ receivedAt: expect.any(Number) });
    await expect
      .poll(async () => (await merchant.get(`/v1/cases/${refused.id}`)).body.status)
      .toBe('intervention_requested');
  });

  it('POL-4: a case is told, too, that what was refused isn’t coming', async () => {
    const refused = await refusedCase();
    const { id } = await open(refused.orderId);
    const wish = {
      caseId: refused.id,
      reason: 'merchant_refused',
      statement: '商家无理拒绝',
      evidenceIds: [await photo(agent)],
    };
    const resolution = { outcome: 'request_intervention', note: '代为申请', intervention: wish };
    expect((await ask(agent, id, 'resolution', resolution)).body.code).toBe('evidence_not_of_ticket');
    await expect
      .poll(() => signalOf(`case/${refused.id}`))
      .toMatchObject({ name: 'actionComing', fields: { isNot: true } });
  });

  it('POL-4: an order is told of a cancellation; a case of another order is told nothing', async () => {
    const order = await paidOrder();
    const refused = await refusedCase();
    const { id } = await open(order.id);
    const wish = { caseId: refused.id, reason: 'merchant_refused', statement: '商家无理拒绝', evidenceIds: [] };
    const resolution = { outcome: 'request_intervention', note: '代为申请', intervention: wish };
    expect((await ask(agent, id, 'resolution', resolution)).body.code).toBe('case_not_of_ticket');
    expect((await signalOf(`case/${refused.id}`)).name).toBe('merchantDecision');
    await worker.stop();
    const cancels = { outcome: 'cancel_order', note: '买家不想要了' };
    expect((await ask(agent, id, 'resolution', cancels, { pending: true })).status).toBe(202);
    const told = await signalOf(`order/${order.id}`);
    worker = await api.startWorker();
    expect(told.name).toBe('actionComing');
    await expect.poll(() => movementsOf(order.id)).toEqual([['refund', 13_900]]);
  });

  it('POL-2: a case begins under the policy of when its opening was received, though another is in force by then', async () => {
    const order = await deliveredOrder(api);
    const { id } = await open(order.id);
    await worker.stop();
    const resolution = { outcome: 'open_case', note: '为买家申请', case: application };
    expect((await ask(agent, id, 'resolution', resolution, { pending: true })).status).toBe(202);
    const admin = api.as('admin', 'ad-1');
    const { version, ...policy } = (await expectStatus(200, admin.get('/v1/policies/current'))).body;
    await expectStatus(201, admin.post('/v1/policies', policy));
    worker = await api.startWorker();
    await expect.poll(async () => (await shown(id)).status).toBe('resolved');
    const { items } = (await expectStatus(200, agent.get(`/v1/cases?orderId=${order.id}`))).body;
    expect(items).toMatchObject([{ policyVersion: version }]);
  });
});
