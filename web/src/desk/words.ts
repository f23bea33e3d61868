import { phrases } from '../words/language.ts';

/** What agents and administrators read alike. */
export const useDeskWords = phrases('desk', {
  search: ['搜索商品、描述、单号', 'Search titles, descriptions, numbers'],
  noCases: ['没有售后单', 'No cases'],
  due: ['截止', 'Due'],
  action: ['操作', 'Action'],
  // a case's dossier
  consumerSide: ['买家', 'The consumer’s side'],
  merchantSide: ['商家', 'The merchant’s side'],
  nothingSaid: ['暂无陈述', 'Nothing was said yet'],
  otherFiles: ['其他凭证', 'Other files'],
  fileNames: [
    '凭证内容仅当事双方与平台客服可查看。',
    'What is in a file is for the parties and customer service only.',
  ],
  rulings: ['各判定的后果', 'What each ruling would cause'],
  leadsTo: ['进入', 'Leads to'],
  goodsTravel: ['需先退回商品', 'The goods go back first'],
  goodsStay: ['商品无需退回', 'No goods travel'],
  paysAtOnce: ['立即由{{who}}退款 {{amount}}', '{{who}} pays {{amount}} at once'],
  paysLater: ['退货后由{{who}}退款 {{amount}}', '{{who}} pays {{amount}} once the goods are back'],
  paysNobody: ['不涉及付款', 'Nobody pays'],
  payout: ['平台补偿商家 {{amount}}', 'The platform pays the merchant {{amount}}'],
  partAllowed: ['可判部分金额', 'a part may be ruled'],
  appealUntil: ['可申诉至 {{time}}', 'Appeal until {{time}}'],
  earlier: ['该订单的其他售后', 'Earlier cases of the order'],
  amounts: ['金额', 'Amounts'],
  refundable: ['本单最多可退', 'Refundable in this case'],
  reservedByOthers: ['其他售后占用', 'Held by other cases'],
  refundedSoFar: ['该订单已退', 'Refunded so far'],
  ledger: ['台账', 'Ledger'],
  noLedger: ['暂无台账记录', 'No entries'],
  debit: ['借', 'Debit'],
  credit: ['贷', 'Credit'],
  entry: ['事项', 'Entry'],
  time: ['时间', 'Time'],
  // money that is held back
  held: ['付款暂缓', 'Payment held'],
  heldTitle: ['暂缓的付款', 'Payments held back'],
  heldAbout: [
    '这些付款被平台暂缓，不是失败：无需重试，放行后自动付出。',
    'The platform holds these back. They have not failed: no retry is needed, and they are paid once let go.',
  ],
  heldStopped: ['付款暂缓：平台已停止出账', 'Payment held: outgoing money is stopped'],
  heldByCap: ['付款暂缓：已达今日出账上限', 'Payment held: today’s cap is reached'],
  heldUnreachable: [
    '付款暂缓：暂时无法确认能否出账',
    'Payment held: whether money may go out can’t be found out just now',
  ],
  letGoStopped: [
    '管理员在「出账」页恢复后，半分钟内自动付出。',
    'It is paid within half a minute once an administrator resumes outgoing money.',
  ],
  letGoCap: [
    '{{time}} 起计入新一天的额度后自动付出；管理员也可在「出账」页提高上限。',
    'It is paid once a new day’s allowance begins, {{time}}, or an administrator raises the cap.',
  ],
  letGoUnreachable: ['系统恢复后自动付出，无需人工处理。', 'It is paid by itself once the database answers again.'],
  heldSince: ['自 {{time}} 起暂缓', 'Held since {{time}}'],
  orderedBy: ['{{by}} 于 {{time}} 操作：{{reason}}', '{{by}}, {{time}}: {{reason}}'],
  refunds: ['退款记录', 'Refunds'],
});
