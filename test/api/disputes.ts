import { type Api, applicationFor, type Body, deliveredOrder, expectStatus, type Person } from './harness.ts';

/** A ruling for the merchant, and one for the consumer that brings a part. */
export const forMerchant = { favour: 'merchant', liability: 'consumer', reasons: '举证不足' };
export const forConsumer = {
  favour: 'consumer',
  remedy: 'refund_only',
  refundAmount: 4_000,
  liability: 'merchant',
  reasons: '商品确有质量问题',
};

/** The case after an action that must be accepted. */
export const act = async (who: Person, id: string, action: string, fields: object = {}): Promise<Body> =>
  (await expectStatus(200, who.post(`/v1/cases/${id}/${action}`, fields))).body;

/** The stages of a dispute of c-1 with m-1 over an order of its own, each from the one before; agent a-1 audits and rules. */
export function disputesOver(api: Api) {
  const consumer = api.as('consumer', 'c-1');
  const merchant = api.as('merchant', 'm-1');
  const agent = api.as('agent', 'a-1');
  const nothingMore = { evidenceIds: [], complete: true };

  async function applied(more: Record<string, unknown> = {}): Promise<Body> {
    const order = await deliveredOrder(api);
    return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, more)))).body;
  }
  async function requested(): Promise<Body> {
    const { id } = await applied();
    await act(merchant, id, 'merchant-decision', { decision: 'refuse', refusalCode: 'out_of_window' });
    const request = { reason: 'merchant_refused', statement: '商家无理拒绝', evidenceIds: [] };
    return act(consumer, id, 'intervention-request', request);
  }
  async function underAdjudication(): Promise<Body> {
    const { id } = await requested();
    await act(agent, id, 'intervention-audit', { decision: 'accept' });
    await act(consumer, id, 'evidence-submission', nothingMore);
    return act(merchant, id, 'evidence-submission', nothingMore);
  }
  async function underAppeal(): Promise<Body> {
    const { id } = await underAdjudication();
    await act(agent, id, 'ruling', forMerchant);
    return act(consumer, id, 'appeal', { statement: '请重新判定', evidenceIds: [] });
  }
  return { consumer, merchant, agent, applied, requested, underAdjudication, underAppeal };
}
