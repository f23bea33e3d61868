import type { EdgeCode } from '../../../src/api/problems.ts';
import type { RefusalCode } from '../../../src/domain/refusals.ts';
import type { EvidenceRefusal } from '../../../src/store/evidenceRefusals.ts';
import { ApiProblem, Unreachable } from '../api/client.ts';
import { type Said, useLanguage } from './language.ts';

type Code = EdgeCode | RefusalCode | EvidenceRefusal['code'];

/** What people are told when a request is refused; a code without words of its own shows the API's own detail. */
const told: Partial<Record<Code, Said>> = {
  unauthenticated: ['登录已失效，请重新登录。', 'You are no longer signed in. Please sign in again.'],
  role_not_allowed: ['您的身份不能进行此操作。', 'This is not open to you.'],
  rate_limited: ['操作太频繁，请稍候再试。', 'That was a little fast. Please try again in a moment.'],
  too_many_pending: [
    '该单据有太多操作在处理，请稍候再试。',
    'Many actions are waiting here. Please try again in a moment.',
  ],
  not_found: ['内容不存在，或您无权查看。', 'There is nothing here, or it is not yours to see.'],
  case_not_found: ['找不到这个售后单。', 'There is no such case for you.'],
  order_not_found: ['找不到这个订单。', 'There is no such order for you.'],
  ticket_not_found: ['找不到这个客服工单。', 'There is no such ticket for you.'],
  message_not_found: ['找不到这条消息。', 'There is no such message for you.'],
  claimed_by_another: ['另一位客服正在处理。', 'Another agent is at it.'],
  not_claimed_by_you: ['您没有领取该任务。', 'You have not claimed it.'],
  not_in_queue: ['该任务已不在队列中。', 'It is no longer in this queue.'],
  workflow_healthy: [
    '该售后仍在正常运行，不能终止。请通过判定、协商或到期处理。',
    'This case works as it should, so it can’t be abandoned. End it by a ruling, a proposal or its deadlines.',
  ],
  money_already_stopped: ['已经停止。', 'It is stopped already.'],
  money_not_stopped: ['没有停止。', 'It is not stopped.'],
  webhook_not_found: ['找不到这个回调。', 'There is no such webhook.'],
  webhook_disabled: ['该回调已停用，请先启用。', 'This webhook is switched off: switch it on first.'],
  too_many_messages: ['留言数量已达上限。', 'You have written the most that is possible here.'],
  not_ended: ['售后结束后才能评价。', 'It can be rated once it has ended.'],
  already_rated: ['您已经评价过了。', 'It has been rated already.'],
  subject_too_large: [
    '这里的内容已达上限，请缩短后再提交。',
    'This has grown as large as is possible: send something shorter.',
  ],
  idempotency_key_reused: [
    '之前已用同一编号提交过不同的内容。请再提交一次。',
    'Something else was sent under the same number before. Please send it again.',
  ],
  body_too_large: ['内容过大。', 'That is too much to send.'],
  outcome_unknown: [
    '暂时无法确认是否提交成功。请再试一次，不会重复提交。',
    'It is not known yet whether this arrived. Try again: it counts once only.',
  ],
  store_unavailable: ['服务暂时不可用，请稍后再试。', 'The service is away for a moment. Please try again.'],
  stopping: ['服务正在更新，请稍后再试。', 'The service is being updated. Please try again.'],
  internal_error: ['出了点问题，请稍后再试。', 'Something went wrong on our side. Please try again.'],
  action_not_available: ['当前状态下不能进行此操作。', 'This is not possible as things stand now.'],
  case_ended: ['售后已结束。', 'The case has ended.'],
  order_ended: ['订单已结束。', 'The order has ended.'],
  in_progress: ['相同操作正在处理中。', 'This is being done already.'],
  stale_version: ['情况已有变化。', 'Something has changed meanwhile.'],
  order_not_delivered: ['订单送达后才能申请售后。', 'After-sales service begins once the order was delivered.'],
  order_cancelled: ['订单已取消。', 'The order was cancelled.'],
  line_unknown: ['订单中没有这件商品。', 'There is no such item in this order.'],
  line_not_returnable: ['该商品不支持七天无理由退货。', 'This item can’t be returned without a reason.'],
  reason_not_allowed_for_kind: ['该原因不支持所选的售后类型。', 'This reason does not go with this kind.'],
  no_reason_window_over: ['已超过七天无理由退货期限。', 'The time to return without a reason is over.'],
  after_sales_period_over: ['已超过售后期。', 'The after-sales period is over.'],
  goods_at_merchant_unclear: [
    '部分商品在商家处，部分在买家处，请说明是哪一部分。',
    'Some of these are at the merchant, others are not: say which are meant.',
  ],
  quantity_not_available: ['商品数量已在其他售后中，或已退款。', 'These units are in another case, or were refunded.'],
  too_many_applications: ['该商品申请次数已达上限。', 'This item was applied for as often as is possible.'],
  refund_exceeds_paid: ['退款金额超过可退金额。', 'The refund would exceed what was paid.'],
  evidence_required: ['该原因需要上传凭证。', 'This reason needs evidence.'],
  note_required: ['请填写说明。', 'Please explain in a note.'],
  refusal_code_required: ['请选择原因。', 'Please choose a reason.'],
  reason_does_not_fit: ['所选原因与当前情况不符。', 'This reason does not fit how things stand.'],
  nothing_submitted: ['请填写说明或上传材料。', 'Write a statement or add a file.'],
  evidence_phase_over: ['举证阶段已结束。', 'The time to submit evidence is over.'],
  refund_amount_required: ['请填写退款金额。', 'Please give the amount to refund.'],
  refund_amount_not_allowed: ['该方案不能指定金额。', 'This kind takes no amount.'],
  refund_above_refundable: ['金额超过可退金额。', 'That is more than can be refunded.'],
  remedy_required: ['请选择处理方案。', 'Please choose a remedy.'],
  remedy_not_allowed: ['判定商家胜诉时不需要处理方案。', 'A ruling for the merchant takes no remedy.'],
  ruled_before: ['申诉须由另一位客服裁决。', 'Another agent than the one who ruled must decide.'],
  voucher_amount_mismatch: ['凭证金额与应退金额不一致。', 'The amount is not that of the refund.'],
  voucher_paid_in_future: ['付款时间不能在未来。', 'The payment can’t lie in the future.'],
  already_compensated: [
    '平台已先行赔付，凭证已留存并转客服核对。',
    'The platform has compensated already. The voucher is kept, and an agent will look at it.',
  ],
  refund_outcome_unknown: [
    '退款结果尚未确认，请稍后再试。',
    'What became of the refund is not known yet. Try again later.',
  ],
  merchant_may_not_cancel_online_order: ['在线支付订单商家不能取消。', 'A merchant can’t cancel an order paid online.'],
  consumer_may_not_cancel_cod_order: [
    '货到付款订单不能自行取消，请联系客服。',
    'An order paid at the door is cancelled by customer service: please write to them.',
  ],
  paid_order_cancelled_by_customer_service_only: [
    '已付款订单请联系客服取消。',
    'A paid order is cancelled by customer service: please write to them.',
  ],
  order_already_shipped: ['订单已发货。', 'The order was shipped already.'],
  order_already_delivered: ['订单已送达。', 'The order was delivered already.'],
  shipment_contradicts: ['与已登记的物流信息不一致。', 'This contradicts the shipment that is known.'],
  delivery_contradicts: ['与已登记的送达信息不一致。', 'This contradicts the delivery that is known.'],
  case_not_of_ticket: ['该售后单不属于此工单的订单。', 'This case is not one of the ticket’s order.'],
  evidence_not_of_ticket: ['其中一个文件不属于此工单。', 'One of the files is not the ticket’s.'],
  ticket_ended: ['工单已结束。', 'The ticket has ended.'],
  thread_full: ['工单留言已达上限。', 'The ticket’s thread is full.'],
  evidence_too_large: ['文件过大。', 'The file is too large.'],
  evidence_type_not_allowed: ['不支持此类文件。', 'Files of this type are not taken.'],
  evidence_type_mismatch: ['文件内容与其类型不符。', 'What is in the file is not what its type says.'],
  evidence_empty: ['文件为空。', 'The file is empty.'],
  evidence_unknown: [
    '找不到其中一个文件，请移除后重新上传。',
    'One of the files is not known. Remove it and add it again.',
  ],
  evidence_already_attached: [
    '其中一个文件已用于其他事项，请移除后重新上传。',
    'One of the files is used elsewhere already. Remove it and add it again.',
  ],
  evidence_erased: ['文件内容已按上传者要求删除。', 'The file was erased at its uploader’s request.'],
  too_many_unattached: [
    '您上传后未使用的文件过多，请先在申请或消息中使用它们。',
    'You have uploaded many files that nothing uses yet: use them in a request or a message first.',
  ],
  too_many_files: ['文件数量超过上限。', 'There are more files than are possible here.'],
  deadline_extension_invalid: [
    '新的期限无效：须晚于当前期限，且在一年之内。',
    'That is no possible deadline: it must be later than the one that runs, and within a year.',
  ],
  no_running_deadline: ['当前没有正在计时的期限。', 'No deadline is running now.'],
  refund_not_failed: ['没有失败的退款需要处理。', 'No refund has failed.'],
};

/** Fields by what forms call them, where the API finds fault with one. */
const fields: Record<string, Said> = {
  amount: ['金额', 'Amount'],
  carrier: ['快递公司', 'Carrier'],
  city: ['城市', 'City'],
  comment: ['评价内容', 'Comment'],
  description: ['描述', 'Description'],
  district: ['区县', 'District'],
  email: ['邮箱', 'Email'],
  events: ['事件', 'Events'],
  evidenceIds: ['凭证', 'Evidence'],
  name: ['姓名', 'Name'],
  note: ['说明', 'Note'],
  paidAt: ['付款时间', 'Paid at'],
  phone: ['电话', 'Phone'],
  province: ['省份', 'Province'],
  quantity: ['数量', 'Quantity'],
  question: ['问题', 'Question'],
  reason: ['原因', 'Reason'],
  reasons: ['判定理由', 'Reasons'],
  reference: ['流水号', 'Reference'],
  refundAmount: ['退款金额', 'Amount to refund'],
  returnAddress: ['退货地址', 'Return address'],
  statement: ['情况说明', 'Statement'],
  street: ['详细地址', 'Street'],
  text: ['内容', 'Text'],
  trackingNumber: ['物流单号', 'Tracking number'],
  until: ['时间', 'Until'],
  url: ['地址', 'URL'],
};
/** The detail is the API's own, in English: a sentence in another language stands without it, and has it behind. */
const fault: Said = ['请检查“{{field}}”（{{detail}}）', 'Please look at “{{field}}”: {{detail}}'];

const unreachable: Said = [
  '网络连接中断。请再试一次，您填写的内容已保留。',
  'The connection was lost. Try again: what you typed is kept.',
];

/** What went wrong, in words for whoever it happened to. */
export function useProblemText(): (error: unknown) => string {
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return (error) => {
    if (error instanceof Unreachable) return unreachable[place];
    if (!(error instanceof ApiProblem)) return (told.internal_error ?? unreachable)[place];
    const named = told[error.code as Code]?.[place];
    if (named !== undefined) return error.lease ? `${named} (${error.lease.agent})` : named;
    const faults = error.errors.map(({ field, detail }) => {
      const parts = field.split('.');
      const known = fields[parts.at(-1) ?? ''] ?? fields[parts[0] ?? ''];
      return fault[place].replace('{{field}}', () => known?.[place] ?? field).replace('{{detail}}', () => detail);
    });
    if (faults.length > 0) return faults.join(place === 0 ? '；' : '; ');
    return error.message;
  };
}
