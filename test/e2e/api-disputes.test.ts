import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  type Person,
  type Reply,
  stored,
} from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let consumer: Person;
let merchant: Person;
let agent: Person;
let another: Person;
let strangers: Person[];

beforeAll(async () => {
  api = await apiHere();
  ({ providerUrl } = await api.startWorker());
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
  agent = api.as('agent', 'a-1');
  another = api.as('agent', 'a-2');
  strangers = [api.as('consumer', 'c-2'), api.as('merchant', 'm-2')];
});
afterAll(() => api.close());

const pathOf = (id: string) => `/v1/cases/${id}`;
/** The reply to an action on a case. */
const ask = (who: Person, id: string, action: string, fields: object = {}) =>
  who.post(`${pathOf(id)}/${action}`, fields);
/** The case after an action that must be accepted. */
const act = async (who: Person, id: string, action: string, fields: object = {}) =>
  (await expectStatus(200, ask(who, id, action, fields))).body;
const shown = async (id: string, who = agent) => (await expectStatus(200, who.get(pathOf(id)))).body;
const timelineOf = async (id: string) =>
  (await expectStatus(200, agent.get(`${pathOf(id)}/timeline?limit=100`))).body.items;
const typesOf = async (id: string) => (await timelineOf(id)).map(({ type }) => type);
const comesTo = (id: string, status: string) => expect.poll(async () => (await shown(id)).status).toBe(status);

async function movementsOf(orderId: string) {
  const response = await fetch(`${providerUrl}/movements`);
  const movements = (await response.json()) as { key: string; kind: string; orderId: string; amount: number }[];
  return movements.filter((one) => one.orderId === orderId).map(({ key, kind, amount }) => ({ key, kind, amount }));
}

type File = { id: string; sha256: string };

/** A photo of a party, uploaded and not yet named anywhere. */
async function photo(who: Person): Promise<File> {
  const content = Buffer.concat([Buffer.from('ffd8ffe000104a4649460001', 'hex'), randomBytes(500)]);
  const form = new FormData();
  form.set('kind', 'product_photo');
  form.set('file', new Blob([new Uint8Array(content)], { type: 'image/jpeg' }), '照片.jpg');
  const { id } = (await expectStatus(201, who.upload('/v1/evidence', form))).body;
  return { id, sha256: createHash('sha256').update(content).digest('hex') };
}

// The stages of a dispute, each from the one before.

async function applied(more: Record<string, unknown> = {}): Promise<Body> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, more)))).body;
}

async function refused(more: Record<string, unknown> = {}): Promise<Body> {
  const { id } = await applied(more);
  return act(merchant, id, 'merchant-decision', { decision: 'refuse', refusalCode: 'out_of_window' });
}

async function sentBack(more: Record<string, unknown> = {}): Promise<Body> {
  const { id } = await applied(more);
  await act(merchant, id, 'merchant-decision', { decision: 'approve' });
  return act(consumer, id, 'tracking-number', { carrier: 'SF', trackingNumber: 'SF-1' });
}

const receiptRefused = async () =>
  act(merchant, (await sentBack()).id, 'receipt-confirmation', { outcome: 'refused', refusalCode: 'not_received' });

const request = { reason: 'merchant_refused', statement: '商家无理拒绝', evidenceIds: [] };
const requested = async (from: () => Promise<Body> = refused) =>
  act(consumer, (await from()).id, 'intervention-request', request);

const underEvidence = async (from?: () => Promise<Body>) =>
  act(agent, (await requested(from)).id, 'intervention-audit', { decision: 'accept' });

async function underAdjudication(from?: () => Promise<Body>): Promise<Body> {
  const { id } = await underEvidence(from);
  await act(consumer, id, 'evidence-submission', { evidenceIds: [], complete: true });
  return act(merchant, id, 'evidence-submission', { evidenceIds: [], complete: true });
}

const forMerchant = { favour: 'merchant', liability: 'consumer', reasons: '举证不足' };
const forConsumer = (remedy: string, refundAmount?: number) => ({
  favour: 'consumer',
  remedy,
  ...(refundAmount === undefined ? {} : { refundAmount }),
  liability: 'merchant',
  reasons: '商品确有质量问题',
});

const lost = async (from?: () => Promise<Body>) =>
  act(agent, (await underAdjudication(from)).id, 'ruling', forMerchant);
const underAppeal = async () =>
  act(consumer, (await lost()).id, 'appeal', { statement: '请重新判定', evidenceIds: [] });

/** The goods on their way back and received: the refund step. */
async function goodsReturn(id: string): Promise<void> {
  await expect.poll(async () => (await shown(id, consumer))['returnAddress']).toBeTruthy();
  await act(consumer, id, 'tracking-number', { carrier: 'SF', trackingNumber: 'SF-2' });
  await act(merchant, id, 'receipt-confirmation', { outcome: 'received' });
}

describe('whole disputes over HTTP', () => {
  it('refused with evidence, ruled for the consumer: the goods go back, and one refund comes', async () => {
    const before = await photo(consumer);
    const { id, orderId } = await applied({ evidenceIds: [before.id] });
    const theirs = await photo(merchant);
    const refusal = await act(merchant, id, 'merchant-decision', {
      decision: 'refuse',
      refusalCode: 'goods_used',
      note: '耳机已使用',
      evidenceIds: [theirs.id],
    });
    expect(refusal).toMatchObject({
      status: 'application_refused',
      refusalCode: 'goods_used',
      deadline: { kind: 'interventionWindow', rule: 'CASE-5', waitingFor: 'consumer' },
    });
    expect((await shown(id, consumer))['availableActions']).toEqual(['withdrawal', 'intervention-request']);

    const plea = await photo(consumer);
    const asked = await act(consumer, id, 'intervention-request', { ...request, evidenceIds: [plea.id] });
    expect(asked).toMatchObject({
      status: 'intervention_requested',
      deadline: { kind: 'interventionAudit', rule: 'INT-2', waitingFor: 'agent', onExpiry: 'accepted_automatically' },
      intervention: { reason: 'merchant_refused', statement: request.statement, evidenceIds: [plea.id], complete: [] },
    });
    expect((await shown(id))['availableActions']).toContain('intervention-audit');

    await act(agent, id, 'intervention-audit', { decision: 'accept', note: '请双方举证' });
    const fromConsumer = await photo(consumer);
    const fromMerchant = await photo(merchant);
    await act(consumer, id, 'evidence-submission', { statement: '开箱即坏', evidenceIds: [fromConsumer.id] });
    const collected = await act(merchant, id, 'evidence-submission', {
      statement: '出库时完好',
      evidenceIds: [fromMerchant.id],
      complete: true,
    });
    expect(collected).toMatchObject({
      status: 'awaiting_evidence',
      deadline: { kind: 'evidence', waitingFor: 'consumer', onExpiry: 'ruled_on_what_is_there' },
      intervention: { complete: ['merchant'] },
    });
    expect(collected['availableActions']).not.toContain('evidence-submission');

    const question = '请提供出库检验记录';
    const waiting = await act(agent, id, 'information-request', { from: 'merchant', question });
    expect(waiting).toMatchObject({
      status: 'awaiting_evidence',
      deadline: { kind: 'furtherInformation', rule: 'INT-4', waitingFor: 'merchant', onExpiry: 'goes_on_without_it' },
      intervention: { informationRequest: { from: 'merchant', question } },
    });
    expect((await shown(id, merchant))['availableActions']).toContain('evidence-submission');
    const inbox = (await merchant.get('/v1/messages?limit=100')).body.items;
    expect(inbox.filter(({ caseId, body }) => caseId === id && String(body).includes(question))).toHaveLength(1);
    const record = await photo(merchant);
    const answered = await act(merchant, id, 'evidence-submission', {
      statement: '附检验记录',
      evidenceIds: [record.id],
    });
    expect(answered).toMatchObject({ status: 'awaiting_evidence', deadline: { kind: 'evidence' } });
    expect(answered['intervention']).not.toHaveProperty('informationRequest');
    const ended = await act(consumer, id, 'evidence-submission', { evidenceIds: [], complete: true });
    expect(ended).toMatchObject({
      status: 'under_adjudication',
      deadline: { kind: 'adjudication', rule: 'INT-5', waitingFor: 'agent', onExpiry: 'escalated' },
    });

    // What an agent needs to rule: every statement, every file with its hash, the amounts, and the earlier steps.
    const view = await shown(id);
    const items = await timelineOf(id);
    expect(view).toMatchObject({
      description: '一侧没有声音',
      lines: [{ lineId: 'l-1', quantity: 1, refundAmount: { amount: 12_900, currency: 'CNY' } }],
      remedy: { kind: 'return_and_refund', refund: { amount: 12_900, currency: 'CNY' } },
      availableActions: ['information-request', 'ruling', 'deadline-extension'],
    });
    const said = items.flatMap(({ detail }) => {
      const { statement, note } = detail as { statement?: string; note?: string };
      return [statement ?? note].flatMap((text) => text ?? []);
    });
    expect(said).toEqual(['耳机已使用', request.statement, '请双方举证', '开箱即坏', '出库时完好', '附检验记录']);
    const named = items.flatMap(({ detail }) => (detail as { evidenceIds?: string[] }).evidenceIds ?? []);
    const files = [before, theirs, plea, fromConsumer, fromMerchant, record];
    expect([...(view['evidenceIds'] as string[]), ...named]).toEqual(files.map((file) => file.id));
    for (const { id: fileId, sha256 } of files) {
      for (const who of [consumer, merchant, agent]) {
        const found = await who.get(`/v1/evidence/${fileId}`);
        expect(found).toMatchObject({ status: 200, body: { sha256, attachedTo: { subject: `case/${id}` } } });
        expect((await who.get(`/v1/evidence/${fileId}/content`)).status).toBe(200);
      }
      for (const stranger of strangers) {
        expect((await stranger.get(`/v1/evidence/${fileId}`)).status).toBe(404);
        expect((await stranger.get(`/v1/evidence/${fileId}/content`)).status).toBe(404);
      }
    }

    const ruled = await act(agent, id, 'ruling', forConsumer('return_and_refund'));
    expect(ruled).toMatchObject({
      status: 'awaiting_buyer_return',
      deadline: { kind: 'buyerReturn', rule: 'CASE-7', waitingFor: 'consumer' },
      intervention: {
        ruling: { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '商品确有质量问题' },
      },
    });
    await goodsReturn(id);
    await comesTo(id, 'refunded');
    expect(await movementsOf(orderId)).toEqual([{ key: `case/${id}/refund/1`, kind: 'refund', amount: 12_900 }]);
    expect((await agent.get(`/v1/ledger?caseId=${id}`)).body.items).toMatchObject([{ kind: 'refund', amount: 12_900 }]);
    expect(await typesOf(id)).toEqual([
      'caseOpened',
      'applicationRefused',
      'interventionRequested',
      'interventionAccepted',
      'evidenceSubmitted',
      'evidenceSubmitted',
      'informationRequested',
      'evidenceSubmitted',
      'informationPhaseEnded',
      'evidenceSubmitted',
      'adjudicationBegun',
      'ruled',
      'merchantAppealOpened',
      'returnAwaited',
      'returnAddressFixed',
      'trackingNumberGiven',
      'receiptConfirmed',
      'refundStarted',
      'refundSettled',
    ]);
  });

  it('refused on receipt, a ruled part of the price: that part is refunded, once, and nothing travels again', async () => {
    const { id: caseId, orderId } = await sentBack();
    const parcel = await photo(merchant);
    const refusal = await act(merchant, caseId, 'receipt-confirmation', {
      outcome: 'refused',
      refusalCode: 'damaged_in_return',
      evidenceIds: [parcel.id],
    });
    expect(refusal).toMatchObject({ status: 'receipt_refused', refusalCode: 'damaged_in_return' });
    expect((await shown(caseId, consumer))['availableActions']).toEqual(['intervention-request']);
    await underAdjudication(async () => refusal);
    const ruled = await act(agent, caseId, 'ruling', forConsumer('refund_only', 8_000));
    expect(ruled).toMatchObject({
      remedy: { kind: 'refund_only', refund: { amount: 8_000, currency: 'CNY' } },
      intervention: { ruling: { remedy: 'refund_only', refund: { amount: 8_000, currency: 'CNY' } } },
    });
    await comesTo(caseId, 'refunded');
    expect(await shown(caseId)).toMatchObject({ final: true, refund: { amount: 8_000, state: 'settled' } });
    expect(await movementsOf(orderId)).toEqual([{ key: `case/${caseId}/refund/1`, kind: 'refund', amount: 8_000 }]);
    const order = (await consumer.get(`/v1/orders/${orderId}`)).body;
    expect(order.lines).toMatchObject([{ returnedQuantity: 1, refundedAmount: { amount: 8_000, currency: 'CNY' } }]);
    // REF-7: the whole quantity is spent by it
    const again = await consumer.post('/v1/cases', applicationFor(orderId));
    expect(again).toMatchObject({ status: 409, body: { code: 'quantity_not_available' } });
  });

  it('ruled for the consumer, the merchant appeals: another agent turns it, and the platform pays the merchant (INT-9)', async () => {
    const { id, orderId } = await underAdjudication(receiptRefused);
    const ruled = await act(agent, id, 'ruling', forConsumer('return_and_refund'));
    expect(ruled['merchantMayAppealUntil']).toBeTypeOf('string');
    await comesTo(id, 'refunded');
    const ended = await shown(id, merchant);
    expect(ended).toMatchObject({ final: true, deadline: null, availableActions: ['appeal'] });
    expect((await shown(id, consumer))['availableActions']).not.toContain('appeal');
    const file = await photo(merchant);
    const appealed = await act(merchant, id, 'appeal', { statement: '退回的不是原物', evidenceIds: [file.id] });
    expect(appealed).toMatchObject({
      status: 'refunded',
      appeal: {
        by: 'merchant',
        evidenceIds: [file.id],
        deadline: { kind: 'merchantAppealRuling', waitingFor: 'agent' },
      },
    });
    expect((await shown(id, agent))['availableActions'], 'not to the agent who ruled').not.toContain('appeal-ruling');
    expect((await shown(id, another))['availableActions']).toContain('appeal-ruling');
    expect(await ask(agent, id, 'appeal-ruling', forMerchant)).toMatchObject({
      status: 403,
      body: { code: 'ruled_before' },
    });
    expect(await ask(another, id, 'appeal-ruling', forConsumer('reship'))).toMatchObject({
      status: 422,
      body: { code: 'remedy_not_allowed' },
    });
    await act(another, id, 'appeal-ruling', { ...forMerchant, refundAmount: 12_000 });
    await expect
      .poll(async () => (await shown(id))['appeal'])
      .toMatchObject({ ruling: { favour: 'merchant' }, payout: { amount: 12_000, state: 'settled' } });
    expect(await shown(id)).toMatchObject({ status: 'refunded', final: true });
    expect(await movementsOf(orderId)).toEqual([
      { key: `case/${id}/refund/1`, kind: 'refund', amount: 12_900 },
      { key: `case/${id}/appeal_payout/1`, kind: 'payout', amount: 12_000 },
    ]);
    expect((await agent.get(`/v1/ledger?caseId=${id}`)).body.items).toMatchObject([
      { kind: 'refund', amount: 12_900 },
      { kind: 'payout', amount: 12_000, debit: 'appeal_payouts', credit: 'payment_provider' },
    ]);
  });

  it('ruled for the merchant, appealed: not by the same agent, and another one turns it (INT-9)', async () => {
    const { id, orderId } = await lost();
    expect(await shown(id, consumer)).toMatchObject({
      status: 'awaiting_appeal',
      final: false,
      deadline: { kind: 'appeal', rule: 'INT-9', waitingFor: 'consumer' },
      availableActions: ['appeal'],
      intervention: { ruling: { favour: 'merchant', liability: 'consumer' } },
    });
    const held = await consumer.post('/v1/cases', applicationFor(orderId));
    expect(held).toMatchObject({ status: 409, body: { code: 'quantity_not_available' } });
    const file = await photo(consumer);
    const appealed = await act(consumer, id, 'appeal', { statement: '请重新判定', evidenceIds: [file.id] });
    expect(appealed).toMatchObject({
      status: 'under_appeal',
      deadline: { kind: 'adjudication', waitingFor: 'agent' },
      appeal: {
        by: 'consumer',
        statement: '请重新判定',
        evidenceIds: [file.id],
        deadline: { kind: 'adjudication' },
      },
    });
    expect((await merchant.get(`/v1/evidence/${file.id}`)).status).toBe(200);
    await unchanged(id, () => ask(agent, id, 'appeal-ruling', forConsumer('refund_only', 12_900)), 403, 'ruled_before');
    await act(another, id, 'appeal-ruling', forConsumer('refund_only', 12_900));
    await comesTo(id, 'refunded');
    expect(await shown(id)).toMatchObject({
      intervention: { ruling: { favour: 'merchant' } },
      appeal: { ruling: { favour: 'consumer', remedy: 'refund_only' } },
    });
    expect(await movementsOf(orderId)).toEqual([{ key: `case/${id}/refund/1`, kind: 'refund', amount: 12_900 }]);
    const rulings = (await timelineOf(id)).filter(({ type }) => type === 'ruled' || type === 'appealRuled');
    expect(rulings.map(({ actor }) => actor)).toEqual([
      { role: 'agent', id: 'a-1' },
      { role: 'agent', id: 'a-2' },
    ]);
    // times are ISO 8601 everywhere, also within what was ruled
    for (const { detail } of rulings) expect((detail as { ruling: { at: unknown } }).ruling.at).toMatch(/^\d{4}-.*Z$/);
  });

  it('upheld on appeal: closed, no money moves, and the consumer may apply anew', async () => {
    const { id, orderId } = await underAppeal();
    expect(await act(another, id, 'appeal-ruling', forMerchant)).toMatchObject({
      status: 'closed',
      final: true,
      closeReason: 'ruled_for_merchant',
      availableActions: [],
    });
    expect(await movementsOf(orderId)).toEqual([]);
    await expect
      .poll(async () => (await consumer.post('/v1/cases', applicationFor(orderId))).body['previousCaseId'])
      .toBe(id);
  });

  it('an exchange: goods back, replacement out, received: replaced, and no money moves (CASE-17)', async () => {
    const { id, orderId } = await applied({ kind: 'exchange' });
    expect(await act(merchant, id, 'merchant-decision', { decision: 'approve' })).toMatchObject({
      status: 'awaiting_buyer_return',
    });
    await goodsReturn(id);
    expect(await shown(id, merchant)).toMatchObject({
      status: 'awaiting_replacement',
      deadline: { kind: 'replacementShipment', waitingFor: 'merchant', onExpiry: 'refunded_instead' },
      availableActions: ['replacement-shipment'],
    });
    const shipment = { carrier: 'SF', trackingNumber: 'SF-new' };
    await act(merchant, id, 'replacement-shipment', shipment);
    expect(await shown(id, consumer)).toMatchObject({
      status: 'awaiting_replacement_receipt',
      deadline: { kind: 'replacementReceipt', waitingFor: 'consumer' },
      replacementShipment: shipment,
      availableActions: ['replacement-receipt'],
    });
    expect(await act(consumer, id, 'replacement-receipt')).toMatchObject({
      status: 'replaced',
      final: true,
      deadline: null,
      refund: { state: 'none' },
    });
    expect(await movementsOf(orderId)).toEqual([]);
  });

  it('re-ship: approved, the replacement is due at once, nothing travels back', async () => {
    const { id } = await applied({ kind: 'reship' });
    const approved = await act(merchant, id, 'merchant-decision', { decision: 'approve' });
    expect(approved).toMatchObject({ status: 'awaiting_replacement' });
    expect(approved).not.toHaveProperty('returnAddress');
    await act(merchant, id, 'replacement-shipment', { carrier: 'SF', trackingNumber: 'SF-new' });
    expect(await act(consumer, id, 'replacement-receipt')).toMatchObject({ status: 'replaced' });
  });

  it('a proposal declined changes nothing; one accepted ends the intervention and is carried out (CASE-16)', async () => {
    const { id, orderId, deadline } = await underEvidence();
    const first = await act(merchant, id, 'proposal', { kind: 'refund_only', refundAmount: 3_000, note: '补偿三十元' });
    expect(first).toMatchObject({
      status: 'awaiting_evidence',
      deadline,
      proposal: { kind: 'refund_only', refund: { amount: 3_000, currency: 'CNY' }, note: '补偿三十元' },
    });
    expect((await shown(id, consumer))['availableActions']).toContain('proposal-response');
    expect((await shown(id, merchant))['availableActions']).not.toContain('proposal-response');
    const declined = await act(consumer, id, 'proposal-response', { decision: 'decline' });
    expect(declined).toMatchObject({ status: 'awaiting_evidence', deadline, remedy: { kind: 'return_and_refund' } });
    expect(declined).not.toHaveProperty('proposal');
    expect(declined['availableActions']).not.toContain('proposal-response');

    await act(merchant, id, 'proposal', { kind: 'refund_only', refundAmount: 5_000, note: '补偿五十元' });
    expect(await act(consumer, id, 'proposal-response', { decision: 'accept' })).toMatchObject({
      remedy: { kind: 'refund_only', refund: { amount: 5_000, currency: 'CNY' } },
    });
    await comesTo(id, 'refunded');
    expect(await movementsOf(orderId)).toEqual([{ key: `case/${id}/refund/1`, kind: 'refund', amount: 5_000 }]);
    await unchanged(id, () => ask(agent, id, 'ruling', forMerchant), 409, 'case_ended');
  });

  it('withdrawn, the request leads back under the old deadline; asked again, it begins anew (INT-7)', async () => {
    const { id, deadline } = await refused();
    const back = await act(consumer, (await underEvidence(async () => shown(id))).id, 'intervention-withdrawal');
    expect(back).toMatchObject({ status: 'application_refused', deadline });
    expect(back).not.toHaveProperty('intervention');
    expect(await requested(async () => back)).toMatchObject({ status: 'intervention_requested' });
  });

  it('declined at the audit: closed with its reason, and the quantity is free again (INT-2)', async () => {
    const { id, orderId } = await requested();
    await unchanged(id, () => ask(agent, id, 'intervention-audit', { decision: 'decline' }), 422, 'note_required');
    expect(await act(agent, id, 'intervention-audit', { decision: 'decline', note: '材料不符' })).toMatchObject({
      status: 'closed',
      closeReason: 'intervention_declined',
    });
    await expect
      .poll(async () => (await consumer.post('/v1/cases', applicationFor(orderId))).body['previousCaseId'])
      .toBe(id);
  });

  it('declined after a refusal on receipt: the merchant owes the goods, and the quantity stays taken (CASE-10)', async () => {
    const { id, orderId } = await requested(receiptRefused);
    expect((await shown(id, consumer))['availableActions']).not.toContain('withdrawal');
    expect(await act(agent, id, 'intervention-audit', { decision: 'decline', note: '材料不符' })).toMatchObject({
      status: 'closed',
      goodsOwedBack: true,
    });
    const again = await consumer.post('/v1/cases', applicationFor(orderId));
    expect(again).toMatchObject({ status: 409, body: { code: 'quantity_not_available' } });
  });
});

/** All that clients can read of a case and its order, and what the provider has moved. */
async function readable(id: string) {
  const { orderId } = await shown(id);
  const views = [consumer, merchant, agent].map((who) => shown(id, who));
  const inboxes = [consumer, merchant].map(async (who) =>
    (await who.get('/v1/messages?limit=100')).body.items.filter(({ caseId }) => caseId === id),
  );
  return Promise.all([
    ...views,
    ...inboxes,
    timelineOf(id),
    movementsOf(orderId),
    agent.get(`/v1/orders/${orderId}`).then(({ body }) => body),
    agent.get(`/v1/ledger?orderId=${orderId}`).then(({ body }) => body),
  ]);
}

/** Asks for what a rule must refuse with this status and code, and nothing of the case may be another afterwards. */
async function unchanged(id: string, asks: () => Promise<Reply>, status: number, code: string): Promise<Reply> {
  const before = await readable(id);
  const reply = await asks();
  expect(reply).toMatchObject({ status, body: { code } });
  expect(await readable(id)).toEqual(before);
  return reply;
}

describe('what the rules refuse, and nothing has changed', () => {
  const rulings: [what: string, ruling: object, code: string, field: string][] = [
    ['above what can be refunded', forConsumer('refund_only', 12_901), 'refund_above_refundable', 'refundAmount'],
    ['a return above it', forConsumer('return_and_refund', 13_900), 'refund_above_refundable', 'refundAmount'],
    ['refund only without an amount', forConsumer('refund_only'), 'refund_amount_required', 'refundAmount'],
    ['an exchange with an amount', forConsumer('exchange', 1), 'refund_amount_not_allowed', 'refundAmount'],
    [
      'for the consumer without a remedy',
      { ...forConsumer('exchange'), remedy: undefined },
      'remedy_required',
      'remedy',
    ],
    ['for the merchant with a remedy', { ...forMerchant, remedy: 'reship' }, 'remedy_not_allowed', 'remedy'],
    ['for the merchant with an amount', { ...forMerchant, refundAmount: 1 }, 'remedy_not_allowed', 'remedy'],
  ];
  it('a ruling, or one on appeal, that doesn’t fit: 422', async () => {
    const [first, second] = await Promise.all([underAdjudication(), underAppeal()]);
    for (const [what, ruling, code, field] of rulings) {
      const reply = await unchanged(first.id, () => ask(agent, first.id, 'ruling', ruling), 422, code);
      expect(reply.body.errors, what).toMatchObject([{ field }]);
      await unchanged(second.id, () => ask(another, second.id, 'appeal-ruling', ruling), 422, code);
    }
    expect(await act(agent, first.id, 'ruling', forConsumer('refund_only', 12_900))).toMatchObject({
      remedy: { refund: { amount: 12_900 } },
    });
  });

  it('a proposal that doesn’t fit, and an answer to none', async () => {
    const { id } = await refused();
    const propose = (fields: object) => () => ask(merchant, id, 'proposal', { note: '协商', ...fields });
    await unchanged(id, propose({ kind: 'refund_only', refundAmount: 12_901 }), 422, 'refund_above_refundable');
    await unchanged(id, propose({ kind: 'refund_only' }), 422, 'refund_amount_required');
    await unchanged(id, propose({ kind: 'reship', refundAmount: 1 }), 422, 'refund_amount_not_allowed');
    const accept = () => ask(consumer, id, 'proposal-response', { decision: 'accept' });
    await unchanged(id, accept, 409, 'action_not_available');
  });

  it('the refusal of what arrived without its code, evidence or note', async () => {
    const { id } = await sentBack();
    const refuse = (fields: object) => () =>
      ask(merchant, id, 'receipt-confirmation', { outcome: 'refused', ...fields });
    await unchanged(id, refuse({}), 422, 'refusal_code_required');
    await unchanged(id, refuse({ refusalCode: 'empty_parcel' }), 422, 'evidence_required');
    await unchanged(id, refuse({ refusalCode: 'other', note: '不符' }), 422, 'evidence_required');
    const file = await photo(merchant);
    await unchanged(id, refuse({ refusalCode: 'other', evidenceIds: [file.id] }), 422, 'note_required');
    expect(await act(merchant, id, 'receipt-confirmation', { outcome: 'received' })).toMatchObject({
      remedy: { kind: 'return_and_refund' },
    });
    await comesTo(id, 'refunded');
  });

  it('what is asked for before or after its time', async () => {
    const early = await applied();
    const { id } = early;
    await unchanged(id, () => ask(consumer, id, 'intervention-request', request), 409, 'action_not_available');
    await unchanged(id, () => ask(agent, id, 'ruling', forMerchant), 409, 'action_not_available');
    const nothingYet = () => ask(consumer, id, 'evidence-submission', { evidenceIds: [], complete: true });
    await unchanged(id, nothingYet, 409, 'action_not_available');

    const silentReason = { ...request, reason: 'merchant_unresponsive' };
    const said = await refused();
    const untrue = () => ask(consumer, said.id, 'intervention-request', silentReason);
    await unchanged(said.id, untrue, 422, 'reason_does_not_fit');

    const ruled = await lost();
    for (const [who, action, fields] of [
      [consumer, 'intervention-withdrawal', {}],
      [consumer, 'withdrawal', {}],
      [merchant, 'proposal', { kind: 'reship', note: '协商' }],
      [merchant, 'merchant-decision', { decision: 'approve' }],
      [agent, 'ruling', forMerchant],
      [agent, 'information-request', { from: 'merchant', question: '?' }],
      [another, 'appeal-ruling', forMerchant],
    ] as const) {
      await unchanged(ruled.id, () => ask(who, ruled.id, action, fields), 409, 'action_not_available');
    }
  });

  it('evidence of a phase that is over, and its file is private again (EVI-4, EVI-5)', async () => {
    const { id } = await underEvidence();
    const nothing = () => ask(consumer, id, 'evidence-submission', { evidenceIds: [] });
    await unchanged(id, nothing, 422, 'nothing_submitted');
    await act(consumer, id, 'evidence-submission', { evidenceIds: [], complete: true });
    const file = await photo(consumer);
    const late = () => ask(consumer, id, 'evidence-submission', { statement: '补充', evidenceIds: [file.id] });
    await unchanged(id, late, 409, 'evidence_phase_over');
    await act(merchant, id, 'evidence-submission', { evidenceIds: [], complete: true });
    await unchanged(id, late, 409, 'evidence_phase_over');
    const kept = (await consumer.get(`/v1/evidence/${file.id}`)).body;
    expect(kept).not.toHaveProperty('attachedTo');
    expect((await merchant.get(`/v1/evidence/${file.id}`)).status).toBe(404);
    expect((await agent.get(`/v1/evidence/${file.id}`)).status).toBe(404);
    // asked for more, the same file goes in, and whoever was not asked still gives nothing
    await act(agent, id, 'information-request', { from: 'consumer', question: '请补充照片' });
    const again = () => ask(agent, id, 'information-request', { from: 'merchant', question: '?' });
    await unchanged(id, again, 409, 'in_progress');
    const unasked = () => ask(merchant, id, 'evidence-submission', { statement: '补充', evidenceIds: [] });
    await unchanged(id, unasked, 409, 'evidence_phase_over');
    expect(await act(consumer, id, 'evidence-submission', { evidenceIds: [file.id] })).toMatchObject({
      status: 'under_adjudication',
      deadline: { kind: 'adjudication' },
    });
    expect((await merchant.get(`/v1/evidence/${file.id}`)).status).toBe(200);
  });

  it('somebody else’s file, and one of another case', async () => {
    const [{ id }, other] = await Promise.all([underEvidence(), underEvidence()]);
    const submit = (fileId: string) => () =>
      ask(consumer, id, 'evidence-submission', { statement: '见图', evidenceIds: [fileId] });
    await unchanged(id, submit((await photo(merchant)).id), 422, 'evidence_unknown');
    const elsewhere = await photo(consumer);
    await act(consumer, other.id, 'evidence-submission', { evidenceIds: [elsewhere.id] });
    await unchanged(id, submit(elsewhere.id), 422, 'evidence_already_attached');
    await unchanged(id, submit(randomUUID()), 422, 'evidence_unknown');
  });
});

describe('what is refused before any rule: not even that it was asked is kept', () => {
  async function changesNothing(asks: () => Promise<Reply>, status: number, code: string): Promise<Reply> {
    const before = await stored(api);
    const reply = await asks();
    expect(reply).toMatchObject({ status, body: { code } });
    expect(await stored(api)).toEqual(before);
    return reply;
  }

  const submission = { statement: '补充', evidenceIds: [], complete: true };
  const all: [action: string, fields: object, by: 'consumer' | 'merchant' | 'agent' | 'both'][] = [
    ['receipt-confirmation', { outcome: 'received' }, 'merchant'],
    ['proposal', { kind: 'exchange', note: '协商' }, 'merchant'],
    ['proposal-response', { decision: 'accept' }, 'consumer'],
    ['intervention-request', request, 'consumer'],
    ['intervention-withdrawal', {}, 'consumer'],
    ['intervention-audit', { decision: 'accept' }, 'agent'],
    ['information-request', { from: 'merchant', question: '?' }, 'agent'],
    ['evidence-submission', submission, 'both'],
    ['ruling', forMerchant, 'agent'],
    ['appeal', { statement: '不服', evidenceIds: [] }, 'both'],
    ['appeal-ruling', forMerchant, 'agent'],
    ['replacement-shipment', { carrier: 'SF', trackingNumber: '1' }, 'merchant'],
    ['replacement-receipt', {}, 'consumer'],
  ];

  it('wrong roles: 403; the wrong consumer or merchant: 404 as if there were no such case', async () => {
    const { id } = await underEvidence();
    const [otherConsumer, otherMerchant] = strangers as [Person, Person];
    const outsiders = { admin: api.as('admin', 'ad-1'), service: api.as('service', 's-1') };
    for (const [action, fields, by] of all) {
      const wrong = [
        ...(by === 'consumer' || by === 'both' ? [] : [consumer]),
        ...(by === 'merchant' || by === 'both' ? [] : [merchant]),
        ...(by === 'agent' ? [] : [agent]),
        outsiders.admin,
        outsiders.service,
      ];
      for (const who of wrong) await changesNothing(() => ask(who, id, action, fields), 403, 'role_not_allowed');
      const foreign = [
        ...(by === 'consumer' || by === 'both' ? [otherConsumer] : []),
        ...(by === 'merchant' || by === 'both' ? [otherMerchant] : []),
      ];
      for (const who of foreign) {
        const denied = await changesNothing(() => ask(who, id, action, fields), 404, 'case_not_found');
        const absent = await ask(who, randomUUID(), action, fields);
        expect({ ...absent.body, requestId: '' }).toEqual({ ...denied.body, requestId: '' });
      }
    }
  });

  it('bad fields: 422 by name; a statement of 1 MB: 422, and 413 beyond the limit', async () => {
    const { id } = await underEvidence();
    const bad: [who: Person, action: string, fields: object, field: string][] = [
      [consumer, 'intervention-request', { ...request, reason: 'bored' }, 'reason'],
      [consumer, 'intervention-request', { ...request, statement: ' ' }, 'statement'],
      [consumer, 'intervention-request', { ...request, evidenceIds: undefined }, 'evidenceIds'],
      [consumer, 'evidence-submission', { ...submission, statement: 'x'.repeat(4_001) }, 'statement'],
      [consumer, 'evidence-submission', { evidenceIds: Array.from({ length: 21 }, () => randomUUID()) }, 'evidenceIds'],
      [consumer, 'proposal-response', { decision: 'maybe' }, 'decision'],
      [merchant, 'proposal', { kind: 'refund_only', refundAmount: 0, note: 'x' }, 'refundAmount'],
      [merchant, 'proposal', { kind: 'refund_only', refundAmount: 0.5, note: 'x' }, 'refundAmount'],
      [merchant, 'proposal', { kind: 'gift', note: 'x' }, 'kind'],
      [agent, 'ruling', { ...forMerchant, favour: 'nobody' }, 'favour'],
      [agent, 'ruling', { ...forMerchant, liability: undefined }, 'liability'],
      [agent, 'ruling', { ...forMerchant, reasons: '' }, 'reasons'],
      [agent, 'ruling', forConsumer('refund_only', -1), 'refundAmount'],
      [agent, 'information-request', { from: 'agent', question: '?' }, 'from'],
      [agent, 'intervention-audit', { decision: 'accept', surprise: 1 }, 'surprise'],
      [merchant, 'replacement-shipment', { carrier: 'SF', trackingNumber: 'x'.repeat(65) }, 'trackingNumber'],
    ];
    for (const [who, action, fields, field] of bad) {
      const reply = await changesNothing(() => ask(who, id, action, fields), 422, 'validation_failed');
      expect(reply.body.errors, action).toMatchObject([{ field }]);
    }
    const long = (characters: number) => () =>
      ask(consumer, id, 'evidence-submission', { ...submission, statement: 'x'.repeat(characters) });
    await changesNothing(long(1_000_000), 422, 'validation_failed');
    await changesNothing(long(1024 * 1024), 413, 'body_too_large');
  });
});

describe('races: exactly one stands', () => {
  const times = [1, 2, 3, 4];

  /** Asks both at once, the first to be sent now the one and now the other; one is done, the other refused. Answers which. */
  async function oneOf(time: number, one: () => Promise<Reply>, other: () => Promise<Reply>): Promise<0 | 1> {
    const sent = time % 2 === 0 ? [one(), other()] : [other(), one()].toReversed();
    const replies = await Promise.all(sent);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = replies[0]?.status === 200 ? 0 : 1;
    expect(replies[1 - winner]?.body.code).toMatch(/^(action_not_available|case_ended|claimed_by_another)$/);
    return winner;
  }
  const countOf = async (id: string, ...types: string[]) =>
    (await typesOf(id)).filter((type) => types.includes(type)).length;

  it.each(times)('withdrawal against ruling (%i)', async (time) => {
    const { id, orderId } = await underAdjudication();
    const winner = await oneOf(
      time,
      () => ask(consumer, id, 'intervention-withdrawal'),
      () => ask(agent, id, 'ruling', forConsumer('refund_only', 4_000)),
    );
    if (winner === 1) await comesTo(id, 'refunded');
    expect((await shown(id)).status).toBe(winner === 0 ? 'application_refused' : 'refunded');
    expect(await movementsOf(orderId)).toHaveLength(winner);
    expect(await countOf(id, 'interventionWithdrawn', 'ruled')).toBe(1);
  });

  it.each(times)('two agents ruling (%i)', async (time) => {
    const { id, orderId } = await underAdjudication();
    const winner = await oneOf(
      time,
      () => ask(agent, id, 'ruling', forMerchant),
      () => ask(another, id, 'ruling', forConsumer('refund_only', 4_000)),
    );
    if (winner === 1) await comesTo(id, 'refunded');
    expect(await shown(id)).toMatchObject({
      status: winner === 0 ? 'awaiting_appeal' : 'refunded',
      intervention: { ruling: { favour: winner === 0 ? 'merchant' : 'consumer' } },
    });
    expect(await movementsOf(orderId)).toHaveLength(winner);
    expect(await countOf(id, 'ruled')).toBe(1);
  });

  it.each(times)('a proposal accepted while the merchant approves (%i)', async (time) => {
    const { id, orderId } = await applied();
    await act(merchant, id, 'proposal', { kind: 'refund_only', refundAmount: 5_000, note: '协商' });
    const winner = await oneOf(
      time,
      () => ask(merchant, id, 'merchant-decision', { decision: 'approve' }),
      () => ask(consumer, id, 'proposal-response', { decision: 'accept' }),
    );
    if (winner === 1) await comesTo(id, 'refunded');
    expect(await shown(id)).toMatchObject(
      winner === 0
        ? { status: 'awaiting_buyer_return', remedy: { kind: 'return_and_refund', refund: { amount: 12_900 } } }
        : { status: 'refunded', remedy: { kind: 'refund_only', refund: { amount: 5_000 } } },
    );
    expect((await movementsOf(orderId)).map(({ amount }) => amount)).toEqual(winner === 0 ? [] : [5_000]);
    expect(await countOf(id, 'applicationApproved', 'proposalAccepted')).toBe(1);
  });

  it.each(times)('the intervention asked for twice, under one key and under two (%i)', async (time) => {
    const { id } = await refused();
    const key = randomUUID();
    const repeat = () => consumer.post(`${pathOf(id)}/intervention-request`, request, { key });
    const [first, second] = await Promise.all([repeat(), repeat()]);
    expect([first.status, second.status]).toEqual([200, 200]);
    const { id: two } = await refused();
    const again = () => ask(consumer, two, 'intervention-request', request);
    await oneOf(time, again, again);
    for (const one of [id, two]) expect(await countOf(one, 'interventionRequested')).toBe(1);
  });
});

it('a question that stays unanswered holds up nobody who has nothing more (INT-3, INT-4)', async () => {
  const { deadlines } = defaultPolicy;
  const policy = { ...defaultPolicy, deadlines: { ...deadlines, furtherInformation: 'PT8S' } };
  await expectStatus(201, api.as('admin', 'ad-1').post('/v1/policies', policy));
  const { id } = await underEvidence();
  const nothingMore = { evidenceIds: [], complete: true };
  await act(merchant, id, 'evidence-submission', nothingMore);
  await act(agent, id, 'information-request', { from: 'merchant', question: '请提供出库检验记录' });
  expect(await act(consumer, id, 'evidence-submission', nothingMore)).toMatchObject({
    status: 'awaiting_evidence',
    deadline: { kind: 'furtherInformation' },
  });
  await comesTo(id, 'under_adjudication');
  expect((await timelineOf(id)).slice(-2)).toMatchObject([
    { type: 'informationPhaseEnded', rule: 'INT-4', actor: { role: 'timer' } },
    { type: 'adjudicationBegun', rule: 'INT-3', deadline: { kind: 'adjudication' } },
  ]);
});
