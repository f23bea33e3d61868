import type { CloseReason } from '../../../src/domain/case/case.ts';
import { due, happened, otherwise, people, type Said, statuses } from '../../../src/domain/tell/words.ts';
import { useLanguage } from './language.ts';

// Statuses, events and deadlines are named in the words that messages use; here is what messages have no words for.

/** Events that nobody gets a message of. */
const unannounced: Record<string, Said> = {
  returnAwaited: ['等待买家寄回商品', 'The goods are to be sent back'],
  refundHeld: ['退款暂缓', 'The refund is held back'],
  payoutHeld: ['申诉补偿付款暂缓', 'The payout is held back'],
  takenUp: ['系统恢复后继续处理', 'Taken up again after a failure'],
  refundUnknown: ['退款结果确认中', 'What became of the refund is being found out'],
  manualSettlementStarted: ['客服正在人工结清', 'An agent settles by hand'],
  manualSettlementRefused: ['人工结清未成功', 'It could not be settled by hand'],
  appealAwaited: ['买家可申诉', 'The consumer may appeal'],
  merchantAppealOpened: ['商家可申诉', 'The merchant may appeal'],
  payoutStarted: ['申诉补偿付款中', 'The payout is under way'],
  payoutUnknown: ['申诉补偿结果确认中', 'What became of the payout is being found out'],
  replacementAwaited: ['等待商家寄出换货/补发商品', 'The replacement is to be shipped'],
  signalRefused: ['人工指令未被采纳', 'A command sent by hand was refused'],
  afterSalesPeriodEnded: ['售后期已结束', 'The after-sales period is over'],
  resolutionStarted: ['客服正在结案', 'The ticket is being resolved'],
  resolutionRefused: ['结案未成功', 'The ticket could not be resolved'],
};

const kinds: Record<string, Said> = {
  return_and_refund: ['退货退款', 'Return and refund'],
  refund_only: ['仅退款', 'Refund only'],
  exchange: ['换货', 'Exchange'],
  reship: ['补发', 'Re-ship'],
};
const reasons: Record<string, Said> = {
  quality_problem: ['商品质量问题', 'Quality problem'],
  not_as_described: ['与描述不符', 'Not as described'],
  no_reason_7d: ['七天无理由', 'No reason, within 7 days'],
};
const subReasons: Record<string, Said> = {
  damaged: ['破损', 'Damaged'],
  malfunction: ['功能故障', 'Does not work'],
  material: ['材质不符', 'Material'],
  colour: ['颜色不符', 'Colour'],
  size: ['尺寸不符', 'Size'],
  other: ['其他', 'Other'],
};
const refusals: Record<string, Said> = {
  goods_used: ['影响二次销售', 'Goods were used'],
  no_fault_found: ['无质量问题', 'No fault found'],
  not_our_goods: ['与原订单不符', 'Not the goods of this order'],
  out_of_window: ['超售后时效', 'Too late'],
  agreed_otherwise: ['已协商一致', 'Agreed otherwise'],
  empty_parcel: ['空包裹', 'Empty parcel'],
  wrong_goods: ['退回商品不符', 'Wrong goods'],
  damaged_in_return: ['退回途中损坏', 'Damaged on the way back'],
  items_missing: ['退回数量不足', 'Items missing'],
  not_received: ['未收到货', 'Not received'],
  other: ['其他原因', 'Other reason'],
};
const interventionReasons: Record<string, Said> = {
  merchant_refused: ['商家拒绝', 'The merchant refused'],
  merchant_unresponsive: ['商家未处理', 'The merchant does not respond'],
  other: ['其他', 'Other'],
};
const liabilities: Record<string, Said> = {
  merchant: ['商家责任', 'Merchant'],
  consumer: ['买家责任', 'Consumer'],
  both: ['双方责任', 'Both'],
  platform: ['平台责任', 'Platform'],
};
const evidenceKinds: Record<string, Said> = {
  chat_log: ['聊天记录', 'Chat log'],
  product_photo: ['商品图片', 'Product photo'],
  video: ['视频', 'Video'],
  order_screenshot: ['订单截图', 'Order screenshot'],
  order_details: ['订单详情', 'Order details'],
  shipping_document: ['物流单据', 'Shipping document'],
  refund_voucher: ['退款凭证', 'Refund voucher'],
  other: ['其他', 'Other'],
};
const closeReasons: Record<CloseReason, Said> = {
  withdrawn: ['买家已撤销', 'Withdrawn by the consumer'],
  no_intervention_request: ['未在期限内申请平台介入', 'The platform was not asked in in time'],
  no_return_shipment: ['未在期限内寄回商品', 'The goods were not sent back in time'],
  ruled_for_merchant: ['平台判定商家胜诉', 'Ruled for the merchant'],
  intervention_declined: ['平台未受理介入申请', 'The platform did not take it on'],
  abandoned: ['系统故障，平台终止处理', 'Ended by the platform: it could not go on'],
};
const paymentMethods: Record<string, Said> = {
  online: ['在线支付', 'Paid online'],
  cod: ['货到付款', 'Paid at the door'],
};
const cancellations: Record<string, Said> = {
  changed_mind: ['不想要了', 'Changed my mind'],
  wrong_order: ['拍错了', 'Ordered by mistake'],
  out_of_stock: ['缺货', 'Out of stock'],
  duplicate: ['重复下单', 'Duplicate'],
  parcel_refused: ['包裹被拒收', 'Parcel refused'],
  unpaid: ['超时未付款', 'Not paid in time'],
  other: ['其他', 'Other'],
};
const categories: Record<string, Said> = {
  return: ['退货', 'Returns'],
  refund: ['退款', 'Refunds'],
  logistics: ['物流', 'Delivery'],
  cancellation: ['取消订单', 'Cancellation'],
  other: ['其他问题', 'Something else'],
};
const channels: Record<string, Said> = {
  return_page: ['退货页', 'Return page'],
  feedback: ['意见反馈', 'Feedback'],
  service_chat: ['客服会话', 'Service chat'],
  agent: ['客服代办', 'By an agent'],
};
const ticketOutcomes: Record<string, Said> = {
  open_case: ['已为您开启售后', 'A case was opened'],
  request_intervention: ['已申请平台介入', 'The platform was asked in'],
  cancel_order: ['订单已取消', 'The order was cancelled'],
  answered: ['已答复', 'Answered'],
  no_answer: ['未收到回复', 'No answer came'],
};
const roles: Record<string, Said> = {
  consumer: ['买家', 'Consumer'],
  merchant: ['商家', 'Merchant'],
  agent: ['平台客服', 'Customer service'],
  admin: ['管理员', 'Administrator'],
  service: ['交易平台', 'Marketplace'],
  operator: ['运维人员', 'Operator'],
  timer: ['系统（到期）', 'By deadline'],
  system: ['系统', 'System'],
  platform: ['平台', 'The platform'],
};
const refundStates: Record<string, Said> = {
  none: ['未退款', 'Not yet'],
  requested: ['处理中', 'Under way'],
  unknown: ['结果确认中', 'Being confirmed'],
  declined: ['失败，客服处理中', 'Failed; customer service is at it'],
  settled: ['已到账', 'Paid'],
};
const refundPurposes: Record<string, Said> = {
  cancellation: ['取消订单退款', 'Cancelled'],
  parcel_refused: ['包裹拒收退款', 'Parcel refused'],
  late_payment: ['多余款项退回', 'Late payment returned'],
};
const ledgerKinds: Record<string, Said> = {
  refund: ['退款', 'Refund'],
  compensation: ['先行赔付', 'Compensation'],
  claim: ['向商家追偿', 'Claim on the merchant'],
  penalty: ['处罚', 'Penalty'],
  payout: ['申诉补偿', 'Payout'],
  late_payment: ['多余款项退回', 'Late payment returned'],
};
/** Accounts of the ledger; what follows a `/` is whose it is. */
const accounts: Record<string, Said> = {
  payment_provider: ['支付渠道', 'Payment provider'],
  settled_by_hand: ['线下付款', 'Paid by hand'],
  order_proceeds: ['订单货款', 'Order’s proceeds'],
  unassigned_receipts: ['待退回款项', 'Payments to be returned'],
  merchant_receivable: ['应收商家', 'Due from the merchant'],
  advance_compensations: ['先行赔付', 'Advances'],
  penalty_income: ['处罚收入', 'Penalties'],
  appeal_payouts: ['申诉补偿', 'Appeals'],
};
const queues: Record<string, Said> = {
  audit: ['介入审核', 'Audit'],
  adjudication: ['判定', 'Adjudication'],
  appeal: ['申诉', 'Appeals'],
  escalated: ['升级', 'Escalated'],
  'refund-failures': ['退款失败', 'Refund failures'],
  tickets: ['客服工单', 'Tickets'],
};
const statements: Record<string, Said> = {
  application: ['售后申请', 'Application'],
  approval: ['同意', 'Approval'],
  refusal: ['拒绝', 'Refusal'],
  receipt_refusal: ['拒收', 'Refusal on receipt'],
  receipt_confirmation: ['确认收货', 'Receipt confirmed'],
  proposal: ['协商方案', 'Proposal'],
  intervention_request: ['申请平台介入', 'Request for intervention'],
  evidence_submission: ['举证', 'Evidence'],
  appeal: ['申诉', 'Appeal'],
  refund_voucher: ['退款凭证', 'Refund voucher'],
  late_refund_voucher: ['逾期退款凭证', 'Late refund voucher'],
};
const actions: Record<string, Said> = {
  'merchant-decision': ['处理申请', 'Decide'],
  'tracking-number': ['填写退货单号', 'Give tracking number'],
  withdrawal: ['撤销申请', 'Withdraw'],
  'receipt-confirmation': ['验收退货', 'Inspect receipt'],
  'refund-voucher': ['上传退款凭证', 'Upload voucher'],
  proposal: ['提出协商方案', 'Propose'],
  'proposal-response': ['回应协商方案', 'Answer proposal'],
  'intervention-request': ['申请平台介入', 'Ask the platform in'],
  'intervention-withdrawal': ['撤销平台介入', 'Take request back'],
  'intervention-audit': ['审核介入申请', 'Audit request'],
  'information-request': ['要求补充材料', 'Ask for more'],
  'evidence-submission': ['提交举证', 'Submit evidence'],
  ruling: ['作出判定', 'Rule'],
  appeal: ['申诉', 'Appeal'],
  'appeal-ruling': ['裁决申诉', 'Rule on appeal'],
  'replacement-shipment': ['寄出换货/补发', 'Ship replacement'],
  'replacement-receipt': ['确认收货', 'Confirm receipt'],
  'refund-retry': ['重试退款', 'Retry refund'],
  'manual-settlement': ['人工结清', 'Settle by hand'],
  'deadline-extension': ['延长期限', 'Extend deadline'],
  feedback: ['评价', 'Rate'],
  cancellation: ['取消订单', 'Cancel order'],
  confirmation: ['确认订单', 'Confirm order'],
  shipment: ['发货', 'Ship'],
  reply: ['回复', 'Reply'],
  resolution: ['结案', 'Resolve'],
};

const tables = {
  status: statuses,
  event: { ...happened, ...unannounced },
  due,
  person: people,
  otherwise,
  kind: kinds,
  reason: reasons,
  subReason: subReasons,
  refusal: refusals,
  interventionReason: interventionReasons,
  liability: liabilities,
  evidenceKind: evidenceKinds,
  closeReason: closeReasons,
  paymentMethod: paymentMethods,
  cancellation: cancellations,
  category: categories,
  channel: channels,
  ticketOutcome: ticketOutcomes,
  role: roles,
  refundState: refundStates,
  refundPurpose: refundPurposes,
  ledgerKind: ledgerKinds,
  account: accounts,
  queue: queues,
  statement: statements,
  action: actions,
} as const;

/** Every kind of deadline there is. */
export const dueKinds: readonly string[] = Object.keys(due);

export type CodeTable = keyof typeof tables;
export type Named = (table: CodeTable, code: string) => string;

/** The API's codes in words; one that is not known yet is shown as it is. */
export function useCodes(): Named {
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return (table, code) => {
    const words: Record<string, Said> = tables[table];
    const said = words[code]?.[place] ?? code;
    return table === 'status' ? said.charAt(0).toUpperCase() + said.slice(1) : said;
  };
}
