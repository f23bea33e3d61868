import { type Caller, comesTo, delivered, type People } from './scenes.ts';

/** A case or a ticket of every kind that a page shows, and what administrators have done: the least that fills every page once. */
export async function everyScene(people: People, providerUrl: string) {
  const [consumer, merchant, agent, admin] = await Promise.all([
    people('consumer', 'c-1'),
    people('merchant', 'm-1'),
    people('agent', 'a-1'),
    people('admin', 'ad-1'),
  ]);
  const order = (paymentMethod: 'online' | 'cod' = 'online') =>
    delivered(people, {
      consumer: 'c-1',
      merchant: 'm-1',
      title: '降噪耳机',
      price: 12_900,
      quantity: 2,
      paymentMethod,
    });
  const act = (who: Caller, id: string, action: string, body: object = {}) =>
    who.post(`/v1/cases/${id}/${action}`, body);
  const apply = async (more: object = {}) => {
    const orderId = await order();
    const { id } = await consumer.post('/v1/cases', {
      orderId,
      kind: 'return_and_refund',
      reason: 'quality_problem',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: '左侧耳机没有声音。',
      evidenceIds: [],
      ...more,
    });
    return { orderId, id };
  };
  const faults = (operation: string, mode: string) =>
    fetch(`${providerUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation, mode, times: 1 }),
    });

  const refuse = { decision: 'refuse', refusalCode: 'out_of_window' };
  const ask = { reason: 'merchant_refused', statement: '还在售后期内。', evidenceIds: [] };

  async function proposed() {
    const one = await apply();
    await act(merchant, one.id, 'proposal', { kind: 'refund_only', refundAmount: 3_000, note: '补偿 30 元可以吗？' });
    await act(consumer, one.id, 'messages', { text: '能再多补一点吗？' });
    return one;
  }
  async function returning() {
    const one = await apply();
    await act(merchant, one.id, 'merchant-decision', { decision: 'approve' });
    return one;
  }
  async function received() {
    const one = await returning();
    await act(consumer, one.id, 'tracking-number', { carrier: '顺丰速运', trackingNumber: 'SF1' });
    return one;
  }
  async function refused() {
    const one = await apply();
    await act(merchant, one.id, 'merchant-decision', refuse);
    return one;
  }
  async function disputed() {
    const one = await apply({ evidenceIds: [await consumer.photo(1)] });
    await act(merchant, one.id, 'merchant-decision', {
      ...refuse,
      note: '有使用痕迹。',
      evidenceIds: [await merchant.photo(2)],
    });
    await act(consumer, one.id, 'intervention-request', { ...ask, evidenceIds: [await consumer.photo(3)] });
    await act(agent, one.id, 'intervention-audit', { decision: 'accept' });
    return one;
  }
  async function adjudicated() {
    const one = await disputed();
    const [shown, note] = await Promise.all([
      consumer.photo(4),
      merchant.file('检测记录.txt', 'text/plain', '检测无故障。\n', 'other'),
    ]);
    await act(consumer, one.id, 'evidence-submission', {
      statement: '见照片。',
      evidenceIds: [shown],
      complete: true,
    });
    await act(merchant, one.id, 'evidence-submission', {
      statement: '见检测记录。',
      evidenceIds: [note],
      complete: true,
    });
    await comesTo(agent, one.id, 'under_adjudication');
    return one;
  }
  async function lost() {
    const one = await disputed();
    await act(agent, one.id, 'information-request', { from: 'consumer', question: '能否提供开箱视频？' });
    return one;
  }
  async function requested() {
    const one = await refused();
    await act(consumer, one.id, 'intervention-request', ask);
    return one;
  }
  async function refunded(status = 'refunded') {
    const one = await apply({ kind: 'refund_only' });
    await act(merchant, one.id, 'merchant-decision', { decision: 'approve' });
    await comesTo(agent, one.id, status);
    return one;
  }
  async function ticketed() {
    const orderId = await order();
    const { id } = await consumer.post('/v1/support-tickets', {
      orderId,
      category: 'logistics',
      description: '只收到一件。',
      evidenceIds: [await consumer.photo(5)],
    });
    await agent.post(`/v1/support-tickets/${id}/information-request`, { question: '外包装是否完好？' });
    return { id, orderId };
  }
  async function hooked() {
    const { id } = await admin.post('/v1/webhooks', { url: `${providerUrl}/nowhere`, events: ['case.*'] });
    await admin.post(`/v1/webhooks/${id}/test`);
    return id;
  }
  async function published() {
    const { version: _, ...document } = await admin.get('/v1/policies/current');
    await admin.post('/v1/policies', { ...document, outageTolerance: 'PT6M' });
  }

  await published();
  const [toApply, one, two, three, four, five, six, seven, ticket, webhookId] = await Promise.all([
    order(),
    proposed(),
    returning(),
    received(),
    refused(),
    requested(),
    adjudicated(),
    lost(),
    ticketed(),
    hooked(),
  ]);
  const done = await refunded();
  await faults('refund', 'decline');
  const failed = await refunded('refund_failed');
  await admin.post('/v1/money/stop', { reason: '对账发现异常' });
  await admin.post('/v1/money/cap', { currency: 'CNY', amount: 50_000_000, reason: '日常限额' });
  const held = await refunded('refunding');
  await admin.post('/v1/deadline-extensions', { by: 'PT2H', reason: '系统故障' });
  await admin.post('/v1/republications', { subject: `case/${done.id}` });
  await admin.post('/v1/reconciliations', { graceSeconds: 0 });
  return {
    tokens: { consumer, merchant, agent, admin },
    toApply,
    proposed: one,
    returning: two,
    received: three,
    refused: four,
    requested: five,
    adjudicated: six,
    asked: seven,
    ticket,
    webhookId,
    refunded: done,
    failed,
    held,
  };
}
