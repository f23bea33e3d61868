import type { CaseKind } from '../../src/domain/case/kinds.ts';
import type { PaymentMethod } from '../../src/domain/order/facts.ts';
import type { Reply } from './clients.ts';
import {
  actOut,
  appeal,
  approve,
  askPlatform,
  atDeadline,
  atOnce,
  audit,
  correctNumber,
  extendDeadline,
  type Move,
  propose,
  question,
  receive,
  receiveReplacement,
  refuse,
  refuseReceipt,
  respond,
  ruleForConsumer,
  ruleForMerchant,
  type Script,
  sendBack,
  settleByHand,
  shipReplacement,
  submit,
  takeBackRequest,
  turnAppeal,
  upholdAppeal,
  voucher,
  withdraw,
} from './moves.ts';
import {
  apply,
  comes,
  deliveredOrder,
  goods,
  orderOf,
  paid,
  pay,
  placedOrder,
  type Stage,
  ship,
  think,
} from './stage.ts';

/** A story that is played as often as there are cases; `play` throws where it does not come to its end in time. */
export type Plot = { name: string; play: (stage: Stage) => Promise<void> };

/** One case on an order of its own. */
const caseOn = (name: string, payment: PaymentMethod, kind: CaseKind, script: Script): Plot => ({
  name,
  async play(stage) {
    const orderId = await deliveredOrder(stage, payment);
    const reason = kind === 'return_and_refund' && stage.chance.below(2) === 0 ? 'no_reason_7d' : 'quality_problem';
    const caseId = orderId && (await apply(stage, orderId, { kind, reason }));
    if (caseId) await actOut(stage, caseId, script);
  },
});

/** Up to where an agent rules; nothing is left out, nobody is silent. */
const disputed: Script['moves'] = {
  pending_merchant_review: [refuse],
  application_refused: [askPlatform],
  intervention_requested: [audit('accept')],
  awaiting_evidence: [submit('consumer', true), submit('merchant', true)],
};
const sentBack: Script['moves'] = { awaiting_buyer_return: [sendBack], awaiting_merchant_receipt: [receive] };

const ended = (stage: Stage, orderId: string) =>
  comes(
    stage,
    () => orderOf(stage, orderId),
    ({ refunds }) => refunds.every(({ state }) => state === 'settled'),
    `the refunds of order ${orderId}`,
  );

/** A refund that the provider refuses is an order's, too: an agent tries again. ORD-11 */
async function refundsOf(stage: Stage, orderId: string): Promise<void> {
  for (;;) {
    const { refunds } = await comes(
      stage,
      () => orderOf(stage, orderId),
      (order) =>
        order.refunds.every(({ state }) => state === 'settled') ||
        order.refunds.some(({ state }) => state === 'declined'),
      `the refunds of order ${orderId}`,
    );
    if (refunds.every(({ state }) => state === 'settled')) return;
    await stage.agent.post(`/v1/orders/${orderId}/refund-retry`, {});
  }
}

const cancel = (stage: Stage, who: 'consumer' | 'merchant' | 'agent', orderId: string, reason: string) =>
  stage[who].post(`/v1/orders/${orderId}/cancellation`, { reason });

/** A support ticket on an order, as an agent finds it. INT-8 */
async function ticketOn(stage: Stage, orderId: string, category: string): Promise<string> {
  const { body } = await stage.consumer.post('/v1/support-tickets', {
    orderId,
    category,
    description: '怎么退货？',
    evidenceIds: [],
  });
  const id = String(body['id']);
  stage.subjects.push(`ticket/${id}`);
  return id;
}

/** How an agent resolves a ticket; where that is refused elsewhere (the order has ended meanwhile), by an answer. INT-8 */
async function resolve(stage: Stage, ticketId: string, resolution: object): Promise<Reply> {
  const path = `/v1/support-tickets/${ticketId}/resolution`;
  const reply = await stage.agent.post(path, { note: '已处理', ...resolution });
  if (reply.status !== 200) await stage.agent.post(path, { note: '已处理', outcome: 'answered' });
  return reply;
}

/** Customer service asks the platform in, in the consumer's stead. INT-8, INT-1 */
const askByTicket =
  (ticketId: string): Move =>
  (stage, { id: caseId }) =>
    resolve(stage, ticketId, {
      outcome: 'request_intervention',
      intervention: { caseId, reason: 'merchant_refused', statement: '客服代为申请', evidenceIds: [] },
    });

/** The same as the consumer's own time runs out: what was acknowledged in time counts, though it comes by another workflow. POL-4 */
const askByTicketAtDeadline: Move = async (stage, found) => {
  const ticketId = await ticketOn(stage, found.orderId, 'refund');
  await atDeadline(askByTicket(ticketId))(stage, found);
};

/** Every kind and every ending, by both ways of paying; and what an order and a ticket can come to. */
export const plots: readonly Plot[] = [
  caseOn('returned and refunded', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [approve], ...sentBack },
  }),
  caseOn('everybody at the merchant is silent: approved and confirmed by deadline', 'online', 'return_and_refund', {
    moves: { awaiting_buyer_return: [sendBack], awaiting_merchant_receipt: [correctNumber] },
  }),
  caseOn('paid at the door, voucher shown', 'cod', 'return_and_refund', {
    moves: { pending_merchant_review: [approve], ...sentBack, awaiting_refund_voucher: [voucher] },
  }),
  caseOn('paid at the door, no voucher: compensated in advance, the voucher too late', 'cod', 'refund_only', {
    moves: { pending_merchant_review: [approve], advance_compensating: [voucher], compensated: [voucher] },
  }),
  caseOn('the voucher and its deadline collide', 'cod', 'refund_only', {
    moves: { pending_merchant_review: [approve], awaiting_refund_voucher: [atDeadline(voucher)] },
  }),
  caseOn('refund without return', 'online', 'refund_only', { moves: { pending_merchant_review: [approve] } }),
  caseOn('exchanged', 'online', 'exchange', {
    moves: {
      pending_merchant_review: [approve],
      ...sentBack,
      awaiting_replacement: [shipReplacement],
      awaiting_replacement_receipt: [receiveReplacement],
    },
  }),
  caseOn('shipped again, its arrival taken for granted', 'cod', 'reship', {
    moves: { pending_merchant_review: [approve], awaiting_replacement: [shipReplacement] },
  }),
  caseOn('no replacement comes: refunded instead', 'online', 'reship', {
    moves: { pending_merchant_review: [approve] },
  }),
  caseOn('withdrawn', 'online', 'return_and_refund', { moves: { pending_merchant_review: [withdraw] } }),
  caseOn('approved and withdrawn at the same moment', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [atOnce(approve, withdraw)], ...sentBack },
  }),
  caseOn('approved at the deadline', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [atDeadline(approve)], ...sentBack },
  }),
  caseOn('refused at the deadline, and left alone', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [atDeadline(refuse)] },
  }),
  caseOn('refused, and left alone', 'cod', 'return_and_refund', { moves: { pending_merchant_review: [refuse] } }),
  caseOn('approved, but never sent back', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [approve], awaiting_buyer_return: [extendDeadline] },
  }),
  caseOn('sent back at the deadline', 'cod', 'return_and_refund', {
    moves: {
      pending_merchant_review: [approve],
      awaiting_buyer_return: [atDeadline(sendBack)],
      awaiting_merchant_receipt: [receive],
      awaiting_refund_voucher: [voucher],
    },
  }),
  caseOn('ruled for the merchant, no appeal', 'online', 'return_and_refund', {
    moves: { ...disputed, under_adjudication: [ruleForMerchant] },
  }),
  caseOn('ruled for the merchant, turned on appeal', 'online', 'refund_only', {
    moves: {
      ...disputed,
      under_adjudication: [ruleForMerchant],
      awaiting_appeal: [appeal],
      under_appeal: [turnAppeal],
    },
  }),
  caseOn('ruled for the merchant, upheld on appeal', 'cod', 'return_and_refund', {
    moves: {
      ...disputed,
      under_adjudication: [ruleForMerchant],
      awaiting_appeal: [appeal],
      under_appeal: [upholdAppeal],
    },
  }),
  caseOn('ruled for the consumer in part, the merchant wins its appeal', 'online', 'return_and_refund', {
    moves: { ...disputed, under_adjudication: [ruleForConsumer('refund_only', 7_777)] },
    merchantAppeal: 'won',
  }),
  caseOn('ruled for the consumer, the merchant loses its appeal', 'cod', 'return_and_refund', {
    moves: {
      ...disputed,
      under_adjudication: [ruleForConsumer('return_and_refund')],
      ...sentBack,
      awaiting_refund_voucher: [voucher],
    },
    merchantAppeal: 'rejected',
  }),
  caseOn('the platform declines to step in', 'online', 'exchange', {
    moves: { ...disputed, intervention_requested: [audit('decline')] },
  }),
  caseOn('what arrived is refused, ruled for the consumer', 'online', 'return_and_refund', {
    moves: {
      ...disputed,
      pending_merchant_review: [approve],
      awaiting_buyer_return: [sendBack],
      awaiting_merchant_receipt: [refuseReceipt],
      receipt_refused: [askPlatform],
      under_adjudication: [ruleForConsumer('return_and_refund')],
    },
  }),
  caseOn('what arrived is refused, and left alone', 'cod', 'return_and_refund', {
    moves: {
      pending_merchant_review: [approve],
      awaiting_buyer_return: [sendBack],
      awaiting_merchant_receipt: [refuseReceipt],
    },
  }),
  caseOn('agreed on a part', 'online', 'return_and_refund', {
    moves: { pending_merchant_review: [propose(4_321), respond('accept')] },
  }),
  caseOn('a proposal declined, then the merchant relents', 'online', 'refund_only', {
    moves: { pending_merchant_review: [propose(100), respond('decline'), refuse], application_refused: [approve] },
  }),
  caseOn('the request to step in is taken back, then made again', 'online', 'refund_only', {
    moves: {
      ...disputed,
      application_refused: [askPlatform, askPlatform],
      intervention_requested: [takeBackRequest, audit('accept')],
      under_adjudication: [ruleForConsumer('refund_only', 6_000)],
    },
  }),
  caseOn('an agent asks back, and is answered', 'online', 'refund_only', {
    moves: {
      ...disputed,
      awaiting_evidence: [question('merchant'), submit('merchant', true), submit('consumer', true)],
      under_adjudication: [ruleForConsumer('refund_only', 12_000)],
    },
  }),
  caseOn(
    'an agent asks back, and is not answered; then everybody is silent until it is escalated',
    'cod',
    'refund_only',
    {
      moves: {
        pending_merchant_review: [refuse],
        application_refused: [askPlatform],
        intervention_requested: [question('consumer')],
      },
    },
  ),
  caseOn('settled by hand where the provider refused', 'online', 'refund_only', {
    moves: { pending_merchant_review: [approve], refund_failed: [settleByHand] },
  }),
  {
    name: 'closed, then applied for anew (ELIG-6)',
    async play(stage) {
      const orderId = await deliveredOrder(stage, 'online');
      if (!orderId) return;
      const first = await apply(stage, orderId, { kind: 'refund_only', reason: 'quality_problem' });
      if (first) await actOut(stage, first, { moves: { pending_merchant_review: [withdraw] } });
      const second = await apply(stage, orderId, { kind: 'refund_only', reason: 'quality_problem', quantity: 2 });
      if (second) await actOut(stage, second, { moves: { pending_merchant_review: [approve] } });
    },
  },
  {
    name: 'three cases on two units at the same moment: two are accepted (tricky case 10)',
    async play(stage) {
      const orderId = await deliveredOrder(stage, 'online');
      if (!orderId) return;
      const wish = { kind: 'refund_only', reason: 'quality_problem' };
      const found = await Promise.all([
        apply(stage, orderId, wish),
        apply(stage, orderId, wish),
        apply(stage, orderId, wish),
      ]);
      const accepted = found.filter((id) => id !== undefined);
      await Promise.all(accepted.map((id) => actOut(stage, id, { moves: { pending_merchant_review: [approve] } })));
    },
  },
  {
    name: 'paid for, then cancelled by customer service: all of it goes back (ORD-4)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await pay(stage, orderId, `t-${orderId}`);
      await think(stage);
      await cancel(stage, 'agent', orderId, 'changed_mind');
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'never paid for in time, then paid twice: each goes back once (ORD-3, ORD-9, tricky case 11)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await comes(
        stage,
        () => orderOf(stage, orderId),
        ({ status }) => status === 'cancelled',
        `the end of order ${orderId}`,
      );
      await Promise.all([pay(stage, orderId, `t1-${orderId}`), pay(stage, orderId, `t1-${orderId}`)]);
      await refundsOf(stage, orderId);
      await pay(stage, orderId, `t2-${orderId}`, 500);
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'paid twice, and the second time wrong (ORD-9)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await pay(stage, orderId, `t1-${orderId}`);
      await Promise.all([pay(stage, orderId, `t2-${orderId}`, paid), pay(stage, orderId, `t3-${orderId}`, 1)]);
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'paid and cancelled by its consumer at the same moment',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await Promise.all([pay(stage, orderId, `t-${orderId}`), cancel(stage, 'consumer', orderId, 'wrong_order')]);
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'paid at the door, cancelled by the merchant (ORD-7)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'cod');
      await stage.merchant.post(`/v1/orders/${orderId}/confirmation`, {});
      await cancel(stage, 'merchant', orderId, 'out_of_stock');
      await ended(stage, orderId);
    },
  },
  {
    name: 'the parcel comes back: the goods are refunded, the postage is not (ORD-8)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await pay(stage, orderId, `t-${orderId}`);
      await ship(stage, orderId);
      await cancel(stage, 'agent', orderId, 'parcel_refused');
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'customer service opens the case (INT-8)',
    async play(stage) {
      const orderId = await deliveredOrder(stage, 'online');
      if (!orderId) return;
      const ticketId = await ticketOn(stage, orderId, 'return');
      await stage.agent.post(`/v1/queues/tickets/${ticketId}/claim`, {});
      await stage.agent.post(`/v1/support-tickets/${ticketId}/information-request`, { question: '哪里坏了？' });
      await think(stage);
      await stage.consumer.post(`/v1/support-tickets/${ticketId}/reply`, { text: '盖子', evidenceIds: [] });
      const { status, body } = await resolve(stage, ticketId, {
        outcome: 'open_case',
        case: {
          kind: 'return_and_refund',
          reason: 'quality_problem',
          lines: [{ lineId: 'l-1', quantity: goods.quantity }],
          description: '盖子漏水',
        },
      });
      const caseId = (body['resolution'] as { caseId?: string } | undefined)?.caseId;
      if (status !== 200 || !caseId) return;
      stage.subjects.push(`case/${caseId}`);
      await actOut(stage, caseId, { moves: { pending_merchant_review: [approve], ...sentBack } });
    },
  },
  {
    name: 'customer service cancels the order (INT-8, ORD-4)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'online');
      await pay(stage, orderId, `t-${orderId}`);
      const ticketId = await ticketOn(stage, orderId, 'cancellation');
      await resolve(stage, ticketId, { outcome: 'cancel_order' });
      await refundsOf(stage, orderId);
    },
  },
  {
    name: 'customer service asks, and nobody answers (INT-8)',
    async play(stage) {
      const orderId = await placedOrder(stage, 'cod');
      const ticketId = await ticketOn(stage, orderId, 'other');
      await stage.agent.post(`/v1/support-tickets/${ticketId}/information-request`, { question: '请问？' });
      const look = () => stage.agent.get<{ status: string }>(`/v1/support-tickets/${ticketId}`);
      await comes(stage, look, ({ status }) => status === 'resolved', `the end of ticket ${ticketId}`);
      await cancel(stage, 'merchant', orderId, 'out_of_stock');
    },
  },
  caseOn('customer service asks the platform in as the time for it runs out (INT-8, POL-4)', 'online', 'refund_only', {
    moves: {
      ...disputed,
      application_refused: [askByTicketAtDeadline],
      under_adjudication: [ruleForConsumer('refund_only', 9_000)],
    },
  }),
  {
    name: 'customer service asks the platform in (INT-8, INT-1)',
    async play(stage) {
      const orderId = await deliveredOrder(stage, 'online');
      const caseId = orderId && (await apply(stage, orderId, { kind: 'refund_only', reason: 'not_as_described' }));
      if (!caseId) return;
      await refuse(stage, { id: caseId } as never);
      await askByTicket(await ticketOn(stage, orderId, 'refund'))(stage, { id: caseId } as never);
      const { pending_merchant_review: _p, application_refused: _a, ...rest } = disputed;
      await actOut(stage, caseId, { moves: { ...rest, under_adjudication: [ruleForConsumer('refund_only', 9_000)] } });
    },
  },
];
