/** A phrase in each language people are told in. TELL-1 */
export type Said = readonly [zh: string, en: string];
export type Words = Record<string, Said>;

/** A case has closed with the goods at the merchant. CASE-10 */
export const goodsOwed: Said = [
  '退货在商家处，商家须寄还买家。',
  'The merchant has the goods and must send them back to the consumer.',
];

/** What has happened, by the event that led the change. */
export const happened: Words = {
  // cases
  caseOpened: ['售后申请已提交', 'After-sales service was applied for'],
  merchantSilent: ['商家未在期限内处理', 'The merchant has not decided in time'],
  applicationApproved: ['售后申请已通过', 'The application was approved'],
  returnAddressFixed: ['退货地址已确定', 'The return address is known'],
  applicationRefused: ['商家拒绝了售后申请', 'The merchant refused the application'],
  trackingNumberGiven: ['买家已寄出退货', 'The goods are on their way back'],
  trackingNumberCorrected: ['退货物流单号已更正', 'The return’s tracking number was corrected'],
  receiptConfirmed: ['商家已收到退货', 'The returned goods have arrived'],
  refundStarted: ['退款处理中', 'The refund is under way'],
  refundDeclined: ['退款失败，客服将处理', 'The refund failed; customer service is at it'],
  refundSettled: ['退款成功', 'The refund was paid'],
  nothingToRefund: ['售后已完成，无需退款', 'Done; there was nothing to refund'],
  voucherAwaited: ['请商家退款并上传退款凭证', 'The merchant must refund and upload the voucher'],
  voucherAccepted: ['商家已上传退款凭证', 'The merchant has shown its refund'],
  voucherKept: ['先行赔付后收到退款凭证，请核对', 'A voucher came after the advance compensation: please check'],
  advanceCompensationStarted: ['平台先行赔付处理中', 'The platform compensates in advance'],
  compensationSettled: ['平台已先行赔付', 'The platform has compensated in advance'],
  deadlineExtended: ['处理期限已延长', 'A deadline was extended'],
  caseClosed: ['售后已关闭', 'The case was closed'],
  receiptRefused: ['商家拒收退货', 'The merchant refused what arrived'],
  interventionRequested: ['买家已申请平台介入', 'The consumer has asked the platform in'],
  interventionWithdrawn: ['买家已撤销平台介入申请', 'The consumer has taken the request for intervention back'],
  interventionAccepted: [
    '平台已受理介入申请，请双方举证',
    'The platform looks into it: both parties may submit evidence',
  ],
  evidenceSubmitted: ['收到新的举证材料', 'Evidence was submitted'],
  informationRequested: ['平台需要补充材料', 'The platform asks for further information'],
  informationPhaseEnded: ['补充材料阶段已结束', 'The time for further information is over'],
  adjudicationBegun: ['举证结束，平台判定中', 'The platform is about to rule'],
  adjudicationEscalated: ['判定超时，已升级处理', 'The ruling is overdue and was escalated'],
  ruled: ['平台已作出判定', 'The platform has ruled'],
  appealed: ['买家已申诉', 'The consumer has appealed'],
  appealRuled: ['申诉已有结果', 'The appeal was decided'],
  merchantAppealed: ['商家已申诉', 'The merchant has appealed'],
  merchantAppealLapsed: ['申诉期限已过，判定生效', 'The time to appeal is over: the ruling stands'],
  merchantAppealEscalated: [
    '商家申诉处理超时，已升级处理',
    'The decision on the merchant’s appeal is overdue and was escalated',
  ],
  merchantAppealRuled: ['商家申诉已有结果', 'The merchant’s appeal was decided'],
  payoutDeclined: ['申诉补偿付款失败，客服将处理', 'The payout of the appeal failed; customer service is at it'],
  payoutStarted: ['申诉补偿付款中', 'The payout of the appeal is under way'],
  payoutSettled: ['申诉补偿已支付', 'The payout of the appeal was paid'],
  reminded: ['期限将至', 'A deadline is near'],
  proposed: ['商家提出协商方案', 'The merchant proposes a settlement'],
  proposalAccepted: ['买家接受了协商方案', 'The consumer accepted the proposal'],
  proposalDeclined: ['买家拒绝了协商方案', 'The consumer declined the proposal'],
  replacementOverdue: ['商家未按时补寄，转为退款', 'The replacement is overdue: the consumer is refunded instead'],
  replacementShipped: ['商家已寄出换货/补发商品', 'The replacement is on its way'],
  replacementReceived: ['买家已收到换货/补发商品', 'The replacement has arrived'],
  messageReceived: ['收到新留言', 'You have a new message'],
  // orders
  orderPlaced: ['订单已提交', 'The order was placed'],
  orderPaid: ['订单已付款', 'The order was paid'],
  extraPaymentReceived: ['收到多余款项，将原路退回', 'Money came that the order did not ask for; it goes back'],
  orderConfirmed: ['商家已确认订单', 'The merchant has confirmed the order'],
  orderShipped: ['订单已发货', 'The order was shipped'],
  orderDelivered: ['订单已送达', 'The order was delivered'],
  orderCancelled: ['订单已取消', 'The order was cancelled'],
  orderCompleted: ['订单已完成', 'The order is complete'],
  unassignedPayment: ['收到未知订单的款项，请处理', 'Money came for an order that nobody knows: please see to it'],
  // tickets
  ticketOpened: ['客服工单已提交', 'A support ticket was opened'],
  ticketClaimed: ['客服已受理您的工单', 'Customer service looks into the ticket'],
  consumerAsked: ['客服需要您补充说明', 'Customer service has a question'],
  consumerReplied: ['买家回复了工单', 'The consumer has replied'],
  ticketResolved: ['客服工单已处理完毕', 'The support ticket was resolved'],
};

/** Where an order, a case or a ticket stands. */
export const statuses: Words = {
  unknown: ['未知', 'not known'],
  pending_merchant_review: ['待商家处理', 'waiting for the merchant'],
  application_refused: ['商家拒绝', 'refused by the merchant'],
  awaiting_buyer_return: ['待买家退货', 'waiting for the goods to be sent back'],
  awaiting_merchant_receipt: ['待商家收货', 'waiting for the merchant to receive the goods'],
  receipt_refused: ['商家拒收', 'refused on receipt'],
  intervention_requested: ['平台介入待审核', 'waiting for the platform’s audit'],
  awaiting_evidence: ['待举证', 'waiting for both parties’ evidence'],
  under_adjudication: ['平台判定中', 'under adjudication'],
  awaiting_appeal: ['已判定，可申诉', 'ruled; an appeal is possible'],
  under_appeal: ['申诉处理中', 'under appeal'],
  awaiting_replacement: ['待商家寄出换货/补发', 'waiting for the replacement to be shipped'],
  awaiting_replacement_receipt: ['待买家收货', 'waiting for the replacement to arrive'],
  refunding: ['退款中', 'being refunded'],
  refund_failed: ['退款失败', 'refund failed'],
  awaiting_refund_voucher: ['待商家上传退款凭证', 'waiting for the refund voucher'],
  advance_compensating: ['先行赔付中', 'being compensated in advance'],
  compensation_failed: ['先行赔付失败', 'advance compensation failed'],
  refunded: ['已退款', 'refunded'],
  compensated: ['已先行赔付', 'compensated in advance'],
  replaced: ['已换货', 'replaced'],
  closed: ['已关闭', 'closed'],
  pending_payment: ['待付款', 'waiting for payment'],
  pending_confirmation: ['待确认', 'waiting for the merchant’s confirmation'],
  stocking_up: ['备货中', 'being prepared'],
  shipped: ['已发货', 'shipped'],
  delivered: ['已送达', 'delivered'],
  completed: ['已完成', 'completed'],
  cancelled: ['已取消', 'cancelled'],
  open: ['待客服处理', 'waiting for customer service'],
  investigating: ['客服处理中', 'being looked into'],
  waiting_for_consumer: ['待买家回复', 'waiting for the consumer’s reply'],
  resolved: ['已处理', 'resolved'],
};

/** What is due, by the kind of the deadline. */
export const due: Words = {
  merchantDecision: ['处理售后申请', 'decide on the application'],
  interventionWindow: ['申请平台介入', 'ask the platform to step in'],
  buyerReturn: ['寄回商品并填写物流单号', 'send the goods back and give the tracking number'],
  merchantReceipt: ['确认收到退货', 'confirm the receipt of the goods'],
  refundVoucher: ['退款并上传退款凭证', 'refund and upload the voucher'],
  interventionAudit: ['审核介入申请', 'audit the request for intervention'],
  evidence: ['提交举证材料', 'submit evidence'],
  furtherInformation: ['补充材料', 'give further information'],
  adjudication: ['作出判定', 'rule'],
  appeal: ['申诉', 'appeal'],
  replacementShipment: ['寄出换货/补发商品', 'ship the replacement'],
  replacementReceipt: ['确认收到换货/补发商品', 'confirm the receipt of the replacement'],
  merchantAppeal: ['申诉', 'appeal against the ruling'],
  merchantAppealRuling: ['裁决商家申诉', 'decide on the merchant’s appeal'],
  unpaidOrder: ['付款', 'pay'],
  ticketReply: ['回复客服的提问', 'answer the question'],
  afterSalesPeriod: ['如有问题，申请售后', 'apply for after-sales service if anything is wrong'],
};

/** Who is waited for. */
export const people: Words = {
  consumer: ['买家', 'the consumer'],
  merchant: ['商家', 'the merchant'],
  agent: ['平台客服', 'customer service'],
  consumer_and_merchant: ['买家和商家', 'the consumer and the merchant'],
};

/** What happens by itself once the deadline has passed. */
export const otherwise: Words = {
  approved_automatically: ['系统将自动同意申请', 'the application is approved automatically'],
  intervention_may_be_requested: ['买家可申请平台介入', 'the consumer may ask the platform to step in'],
  closed_without_refund: ['售后将自动关闭且不退款', 'the case is closed without a refund'],
  receipt_confirmed_automatically: ['系统将自动确认收货', 'the receipt is confirmed automatically'],
  compensated_in_advance_with_penalty: [
    '平台将先行赔付并处罚商家',
    'the platform compensates in advance and penalises the merchant',
  ],
  accepted_automatically: ['平台将自动受理', 'the request is accepted automatically'],
  ruled_on_what_is_there: ['平台将依据现有材料判定', 'the ruling is made on what is there'],
  goes_on_without_it: ['将依据现有材料继续处理', 'it goes on without'],
  escalated: ['将升级处理', 'it is escalated'],
  ruling_stands: ['判定将维持不变', 'the ruling stands'],
  refunded_instead: ['将转为退款', 'the consumer is refunded instead'],
  resolved_without_answer: ['工单将自动结束', 'the ticket is closed without an answer'],
  cancelled_automatically: ['订单将自动取消', 'the order is cancelled automatically'],
  completed_automatically: ['订单将自动完成', 'the order completes'],
};
