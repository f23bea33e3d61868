import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dossierAnswer } from '../../src/api/dossier/schema.ts';
import { apiHere } from '../api/apiHere.ts';
import { act, disputesOver, forConsumer, forMerchant } from '../api/disputes.ts';
import { type Api, applicationFor, type Body, deliveredOrder, expectStatus, type Person } from '../api/harness.ts';

let api: Api;
let dispute: ReturnType<typeof disputesOver>;
let agent: Person;

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  dispute = disputesOver(api);
  agent = api.as('agent', 'a-1');
});
afterAll(() => api.close());

/** The dossier, which has every field that the contract says, and no other. */
async function dossierOf(id: string, who = agent) {
  const { body } = await expectStatus(200, who.get(`/v1/cases/${id}/dossier`));
  const dossier = dossierAnswer.parse(body);
  expect(body).toEqual(dossier);
  return dossier;
}

async function photo(who: Person, name: string): Promise<{ id: string; sha256: string }> {
  const content = Buffer.concat([Buffer.from('ffd8ffe000104a4649460001', 'hex'), randomBytes(500)]);
  const form = new FormData();
  form.set('kind', 'product_photo');
  form.set('file', new Blob([new Uint8Array(content)], { type: 'image/jpeg' }), name);
  const { id } = (await expectStatus(201, who.upload('/v1/evidence', form))).body;
  return { id, sha256: createHash('sha256').update(content).digest('hex') };
}

const money = (amount: number) => ({ amount, currency: 'CNY' });
const twoLines = [
  { lineId: 'l-1', sku: 'sku-1', title: '无线耳机', quantity: 1, unitPrice: 12_900, noReasonReturn: true },
  { lineId: 'l-2', sku: 'sku-2', title: '充电线', quantity: 2, unitPrice: 1_500, noReasonReturn: true },
];

/** An order of two lines: one line's case was ruled for its consumer and refunded, another's is disputed with files of both. */
async function disputed() {
  const { consumer, merchant } = dispute;
  const order = await deliveredOrder(api, { lines: twoLines });
  const cable = { lines: [{ lineId: 'l-2', quantity: 1 }], kind: 'refund_only' };
  const apply = async (more: object = {}) =>
    (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, { ...more })))).body.id;
  const dispute1 = async (id: string, evidenceIds: string[] = []) => {
    const refusal = { decision: 'refuse', refusalCode: 'goods_used', note: '有使用痕迹', evidenceIds };
    await act(
      merchant,
      id,
      'merchant-decision',
      evidenceIds.length > 0 ? refusal : { ...refusal, refusalCode: 'other' },
    );
    const request = { reason: 'merchant_refused', statement: '请平台介入', evidenceIds: [] };
    await act(consumer, id, 'intervention-request', request);
    await act(agent, id, 'intervention-audit', { decision: 'accept' });
  };
  const bothDone = async (id: string, theirs: object) => {
    await act(consumer, id, 'evidence-submission', { ...theirs, complete: true });
    await act(merchant, id, 'evidence-submission', { evidenceIds: [], statement: '出库完好', complete: true });
  };

  const earlier = await apply(cable);
  await dispute1(earlier);
  await bothDone(earlier, { evidenceIds: [] });
  await act(agent, earlier, 'ruling', { ...forConsumer, refundAmount: 500 });
  const reserving = await apply(cable);

  const files = {
    application: await photo(consumer, '开箱.jpg'),
    refusal: await photo(merchant, '使用痕迹.jpg'),
    submission: await photo(consumer, '聊天.jpg'),
  };
  const id = await apply({ evidenceIds: [files.application.id] });
  await dispute1(id, [files.refusal.id]);
  await bothDone(id, { evidenceIds: [files.submission.id], statement: '只试听过一次' });
  await expect.poll(async () => (await agent.get(`/v1/cases/${earlier}`)).body.status).toBe('refunded');
  return { id, earlier, reserving, order, files };
}

describe('the dossier of a disputed case', () => {
  it('has all that is needed to rule', async () => {
    const { id, earlier, reserving, order, files } = await disputed();
    await expectStatus(200, agent.post(`/v1/queues/adjudication/${id}/claim`));
    const dossier = await dossierOf(id);

    expect(dossier.case).toEqual((await agent.get(`/v1/cases/${id}`)).body);
    expect(dossier.order).toMatchObject({
      id: order.id,
      lines: [
        { title: '无线耳机', unitPrice: 12_900, returnedQuantity: 0, refundedAmount: money(0) },
        { title: '充电线', unitPrice: 1_500, returnedQuantity: 1, refundedAmount: money(500) },
      ],
      paid: money(16_900),
      postage: 1_000,
      refunds: [],
    });
    expect(JSON.stringify(dossier)).not.toContain('漕溪北路');

    expect(dossier.statements.consumer).toMatchObject([
      { what: 'application', code: 'quality_problem', text: '一侧没有声音', evidenceIds: [files.application.id] },
      { what: 'intervention_request', code: 'merchant_refused', text: '请平台介入', evidenceIds: [] },
      { what: 'evidence_submission', text: '只试听过一次', evidenceIds: [files.submission.id] },
    ]);
    expect(dossier.statements.merchant).toMatchObject([
      { what: 'refusal', code: 'goods_used', text: '有使用痕迹', evidenceIds: [files.refusal.id] },
      { what: 'evidence_submission', text: '出库完好', evidenceIds: [] },
    ]);
    expect(dossier.evidence.map(({ name, sha256, party }) => [name, sha256, party])).toEqual([
      ['开箱.jpg', files.application.sha256, 'consumer'],
      ['使用痕迹.jpg', files.refusal.sha256, 'merchant'],
      ['聊天.jpg', files.submission.sha256, 'consumer'],
    ]);

    const { items } = (await agent.get(`/v1/cases/${id}/timeline?limit=100`)).body;
    expect(dossier.timeline).toEqual(items);
    expect(dossier.amounts).toEqual({
      paid: money(16_900),
      postage: money(1_000),
      refundable: money(12_900),
      reservedByOthers: money(1_500),
      refundedByOthers: money(500),
      refundedSoFar: money(500),
    });
    expect(dossier.rules).toMatchObject({
      policyVersion: 1,
      orderPolicyVersion: 1,
      deadlines: { adjudication: 'PT72H', appeal: 'P7D' },
      afterSalesPeriod: 'P15D',
      codPenalty: { basisPoints: 500 },
    });
    expect(dossier.earlierCases).toMatchObject([
      { id: reserving, status: 'pending_merchant_review' },
      {
        id: earlier,
        status: 'refunded',
        kind: 'refund_only',
        refund: { ...money(500), state: 'settled' },
        ruling: { favour: 'consumer', liability: 'merchant' },
      },
    ]);
    expect(dossier.ledger).toEqual([]);
    expect(dossier.lease).toMatchObject({ agent: 'a-1' });
    expect((await dossierOf(earlier)).ledger).toMatchObject([{ kind: 'refund', amount: 500, caseId: earlier }]);
    expect(await dossierOf(earlier)).toMatchObject({
      rulings: [],
      lease: null,
      amounts: { refundedSoFar: money(500) },
    });
  });

  it('TELL-3: has what was said on the order and on its cases, oldest first, with the files', async () => {
    const { consumer, merchant } = dispute;
    const { id, orderId } = await dispute.applied();
    const order = `/v1/orders/${orderId}`;
    const file = await photo(merchant, '出库.jpg');
    const said = [
      await expectStatus(201, consumer.post(`${order}/messages`, { text: '左耳没有声音' })),
      await expectStatus(201, merchant.post(`/v1/cases/${id}/messages`, { text: '见照片', evidenceIds: [file.id] })),
      await expectStatus(201, agent.post(`/v1/cases/${id}/messages`, { text: '请双方协商' })),
    ].map(({ body }) => body);
    const elsewhere = await dispute.applied();
    await expectStatus(201, consumer.post(`/v1/cases/${elsewhere.id}/messages`, { text: '另一件事' }));
    const dossier = await dossierOf(id);
    expect(dossier.messages).toEqual(said);
    // what the parties write to each other is for them and the agents, as it is on its own route
    const admins = api.as('admin', 'admin-1');
    expect((await expectStatus(200, admins.get(`/v1/cases/${id}/dossier`))).body['messages']).toEqual([]);
    expect(dossier.messages).toMatchObject([
      { orderId, by: { role: 'consumer', id: 'c-1' }, text: '左耳没有声音', evidenceIds: [] },
      { caseId: id, by: { role: 'merchant', id: 'm-1' }, text: '见照片', evidenceIds: [file.id] },
      { caseId: id, by: { role: 'agent', id: 'a-1' }, text: '请双方协商' },
    ]);
    expect(dossier.evidence).toMatchObject([{ id: file.id, sha256: file.sha256, party: 'merchant' }]);
  });

  it('INT-5, INT-6: what it says a ruling would cause is what the ruling causes', async () => {
    const remedies = ['return_and_refund', 'refund_only', 'exchange', 'reship'];
    for (const wanted of ['merchant', ...remedies]) {
      const { id } = await dispute.underAdjudication();
      const { rulings } = await dossierOf(id);
      expect(rulings.map(({ favour, remedy }) => remedy ?? favour)).toEqual(['merchant', ...remedies]);
      const { favour, remedy, refund, ...told } = rulings.find((one) => (one.remedy ?? one.favour) === wanted)!;
      const fields = {
        favour,
        ...(remedy ? { remedy } : {}),
        ...(remedy === 'refund_only' ? { refundAmount: refund.amount } : {}),
        liability: 'platform',
        reasons: '综合双方证据',
      };
      const ruled = await act(agent, id, 'ruling', fields);
      // the platform's refund may have come already
      expect([told.leadsTo, ...(told.payment ? ['refunded'] : [])]).toContain(ruled.status);
      const deadline = ruled['deadline'] as { kind: string; onExpiry: string } | null;
      expect([told.deadline?.kind, told.deadline?.onExpiry]).toEqual([deadline?.kind, deadline?.onExpiry]);
      expect(told.goodsTravel).toBe(ruled.status === 'awaiting_buyer_return');
    }
  });

  it('INT-9: of an appeal, with the first ruling; for the admin too', async () => {
    const { id } = await dispute.underAppeal();
    const dossier = await dossierOf(id, api.as('admin', 'ad-1'));
    expect(dossier.statements.consumer.at(-1)).toMatchObject({ what: 'appeal', text: '请重新判定' });
    expect(dossier.case.intervention?.ruling).toMatchObject({ favour: 'merchant' });
    expect(dossier.rulings[0]).toMatchObject({ favour: 'merchant', leadsTo: 'closed', deadline: null });
    await act(api.as('agent', 'a-2'), id, 'appeal-ruling', forMerchant);
    expect(await agent.get(`/v1/cases/${id}`)).toMatchObject({ body: { status: 'closed' } });
  });

  it('of a case that is not disputed: no rulings, and what there is', async () => {
    const { id } = await dispute.applied();
    expect(await dossierOf(id)).toMatchObject({
      statements: { consumer: [{ what: 'application' }], merchant: [] },
      evidence: [],
      earlierCases: [],
      rulings: [],
      queues: [],
    });
  });

  it('holds the last 200 items of a long timeline', async () => {
    const { id } = await dispute.applied();
    const propose = (note: string) => act(dispute.merchant, id, 'proposal', { kind: 'reship', note });
    for (let lot = 1; lot <= 25; lot += 1) await Promise.all(Array.from({ length: 8 }, () => propose(`第 ${lot} 批`)));
    await propose('最后');
    const { timeline } = await dossierOf(id);
    expect(timeline).toHaveLength(200);
    expect(timeline.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => index + 3));
    expect(timeline.at(-1)).toMatchObject({ type: 'proposed', detail: { proposal: { note: '最后' } } });
  });

  it('is for agents and the admin only', async () => {
    const { id } = await dispute.applied();
    for (const [role, sub] of [
      ['consumer', 'c-1'],
      ['merchant', 'm-1'],
      ['service', 's-1'],
    ] as const)
      expect(await api.as(role, sub).get(`/v1/cases/${id}/dossier`)).toMatchObject({
        status: 403,
        body: { code: 'role_not_allowed' },
      });
    for (const unknown of [randomUUID(), 'no-id', '__proto__'])
      expect(await agent.get(`/v1/cases/${unknown}/dossier`)).toMatchObject({
        status: 404,
        body: { code: 'case_not_found' },
      });
  });
});

describe('EVI-3: the files of a case', () => {
  it('are listed for its parties and agents, page by page, and for nobody else', async () => {
    const { consumer, merchant } = dispute;
    const own: string[] = [];
    for (const name of ['1.jpg', '2.jpg', '3.jpg']) own.push((await photo(consumer, name)).id);
    const { id } = await dispute.applied({ evidenceIds: own });
    const path = `/v1/cases/${id}/evidence`;
    for (const who of [consumer, merchant, agent]) {
      const first = (await expectStatus(200, who.get(`${path}?limit=2`))).body;
      const rest = (await expectStatus(200, who.get(`${path}?limit=2&cursor=${first.nextCursor}`))).body;
      const items: Body[] = [...first.items, ...rest.items];
      expect(items.map((one) => [one.id, one['name']])).toEqual(own.map((file, index) => [file, `${index + 1}.jpg`]));
      expect(rest.nextCursor).toBeNull();
      expect(items[0]).toEqual((await who.get(`/v1/evidence/${own[0]}`)).body);
    }
    for (const stranger of [api.as('consumer', 'c-2'), api.as('merchant', 'm-2')])
      expect(await stranger.get(path)).toMatchObject({ status: 404, body: { code: 'case_not_found' } });
    for (const role of ['admin', 'service'] as const)
      expect(await api.as(role, 'x').get(path)).toMatchObject({ status: 403 });
  });
});
