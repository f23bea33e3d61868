import type { PolicyDocument } from '../api/types.ts';
import { bytesText } from '../design/format.ts';
import { type Said, useLanguage } from '../words/language.ts';

/** A policy as a form has it: each field's text under its path, as the API names it in its errors. */
export type Typed = Record<string, string>;

type Kind =
  | 'duration'
  | 'durations'
  | 'types'
  | 'count'
  | 'bytes'
  | 'minor'
  | 'basisPoints'
  | 'text'
  | readonly Option[];
type Option = readonly [value: string, label: Said];

/** A field of the policy, explained: what it rules, and the rule that says so. */
export type PolicyField = { path: string; kind: Kind; label: Said; about: Said; rule: string };
export type PolicyGroup = { title: Said; fields: readonly PolicyField[] };

const field = (path: string, kind: Kind, rule: string, label: Said, about: Said): PolicyField => ({
  path,
  kind,
  rule,
  label,
  about,
});
const deadline = (name: keyof PolicyDocument['deadlines'], rule: string, label: Said, about: Said): PolicyField =>
  field(`deadlines.${name}`, 'duration', rule, label, about);
const address = (name: keyof PolicyDocument['defaultReturnAddress'], label: Said): PolicyField =>
  field(`defaultReturnAddress.${name}`, 'text', 'CASE-2', label, ['退货中心', 'Of the returns centre']);

export const policyGroups: readonly PolicyGroup[] = [
  {
    title: ['订单与售后资格', 'Orders and eligibility'],
    fields: [
      deadline(
        'unpaidOrder',
        'ORD-3',
        ['未付款订单', 'Unpaid order'],
        ['在线支付订单超过此时长未付款，自动取消', 'An online order that is not paid for this long is cancelled'],
      ),
      field(
        'noReasonWindow',
        'duration',
        'ELIG-2',
        ['七天无理由期限', 'No-reason window'],
        ['签收后多久内可以无理由退货', 'How long after delivery goods go back without a reason'],
      ),
      field(
        'noReasonCountsFromNextDay',
        [
          ['true', ['自签收次日零时起算', 'from the day after delivery']],
          ['false', ['自签收时刻起算', 'from the moment of delivery']],
        ],
        'ELIG-2',
        ['无理由期限起算', 'No-reason window counts'],
        ['次日按上海时间计算', 'The day after is Shanghai’s'],
      ),
      field(
        'afterSalesPeriod',
        'duration',
        'ELIG-3',
        ['售后期', 'After-sales period'],
        ['签收后多久内可以因其他原因申请售后', 'How long after delivery the other reasons are taken'],
      ),
      field(
        'maxApplicationsPerLine',
        'count',
        'ELIG-6',
        ['每件商品申请次数', 'Applications per item'],
        ['同一商品行最多可申请几次，1–100', 'How often one order line may be applied for, 1–100'],
      ),
    ],
  },
  {
    title: ['商家处理', 'The merchant decides'],
    fields: [
      deadline(
        'merchantDecision',
        'CASE-3',
        ['商家处理申请', 'Merchant’s decision'],
        ['商家须在此时长内同意或拒绝', 'The merchant approves or refuses within this time'],
      ),
      field(
        'onMerchantSilence',
        [
          ['approve', ['自动同意', 'the application is approved']],
          ['allow_intervention', ['买家可申请平台介入', 'the consumer may ask the platform in']],
        ],
        'CASE-3, INT-1',
        ['商家逾期未处理时', 'If the merchant stays silent'],
        ['上述期限届满后的结果', 'What comes when that time is over'],
      ),
      deadline(
        'interventionWindow',
        'CASE-5',
        ['申请平台介入', 'Asking the platform in'],
        [
          '商家拒绝后，买家须在此时长内申请，否则关闭',
          'After a refusal the consumer has this long, else the case closes',
        ],
      ),
    ],
  },
  {
    title: ['退货与换货', 'Returns and replacements'],
    fields: [
      deadline(
        'buyerReturn',
        'CASE-7',
        ['买家寄回商品', 'Sending the goods back'],
        ['未在此时长内填写退货单号，售后关闭', 'Without a tracking number within this time the case closes'],
      ),
      deadline(
        'merchantReceipt',
        'CASE-9',
        ['商家验收退货', 'Receipt of the return'],
        [
          '填写单号后，商家未在此时长内验收，视为确认',
          'After this long without a word the receipt counts as confirmed',
        ],
      ),
      deadline(
        'replacementShipment',
        'CASE-17',
        ['寄出换货/补发', 'Shipping a replacement'],
        ['商家逾期未寄出，转为退款', 'If it is overdue, the consumer is refunded instead'],
      ),
      deadline(
        'replacementReceipt',
        'CASE-17',
        ['买家确认收到换货', 'Receipt of the replacement'],
        ['买家逾期未确认，视为收到', 'After this long it counts as received'],
      ),
    ],
  },
  {
    title: ['货到付款退款与处罚', 'Refunds paid at the door, and penalties'],
    fields: [
      deadline(
        'refundVoucher',
        'CASE-12, CASE-13',
        ['商家上传退款凭证', 'Refund voucher'],
        ['商家逾期未上传，平台先行赔付', 'If it is overdue, the platform compensates in advance'],
      ),
      field(
        'lateVoucher',
        'duration',
        'CASE-13',
        ['逾期凭证仍接收', 'Late vouchers are taken'],
        ['先行赔付后多久内仍保存商家补交的凭证', 'How long after the compensation a late voucher is still kept'],
      ),
      field(
        'codPenalty.basisPoints',
        'basisPoints',
        'CASE-13',
        ['处罚比例', 'Penalty, share'],
        ['按赔付金额的万分之几，0–10000', 'Basis points of the compensation, 0–10000'],
      ),
      field(
        'codPenalty.minimum',
        'minor',
        'CASE-13',
        ['最低处罚', 'Penalty, at least'],
        ['最小货币单位，如 500 = 5.00', 'In minor units, such as 500 = 5.00'],
      ),
    ],
  },
  {
    title: ['平台介入与客服', 'Intervention and customer service'],
    fields: [
      deadline(
        'interventionAudit',
        'INT-2',
        ['审核介入申请', 'Audit'],
        ['客服须在此时长内受理或不受理', 'An agent accepts or declines the request within this time'],
      ),
      deadline(
        'evidence',
        'INT-3',
        ['双方举证', 'Evidence'],
        ['受理后，双方举证的时长', 'How long both parties may submit evidence'],
      ),
      deadline(
        'furtherInformation',
        'INT-4',
        ['补充材料', 'Further information'],
        ['被提问方的答复时长', 'How long whoever is asked has to answer'],
      ),
      deadline(
        'adjudication',
        'INT-5',
        ['客服判定', 'Ruling'],
        ['超过此时长未判定，升级处理', 'A ruling that takes longer is escalated'],
      ),
      deadline(
        'appeal',
        'INT-9',
        ['申诉', 'Appeal'],
        ['判定后多久内可以申诉', 'How long after a ruling it may be appealed'],
      ),
      deadline(
        'ticketReply',
        'INT-8',
        ['回复客服提问', 'Reply to a ticket'],
        ['买家逾期未回复，工单结束', 'Without the consumer’s reply the ticket ends'],
      ),
      field(
        'agentLease',
        'duration',
        'POL-1',
        ['客服领取时长', 'An agent’s claim'],
        ['领取后多久内由该客服独占处理', 'How long a claimed task is that agent’s alone'],
      ),
    ],
  },
  {
    title: ['提醒与故障', 'Reminders and outages'],
    fields: [
      field(
        'reminders',
        'durations',
        'TELL-1',
        ['到期前提醒', 'Reminders'],
        ['期限届满前多久提醒，可填多个，以逗号分隔', 'How long before a deadline; several are parted by commas'],
      ),
      field(
        'outageTolerance',
        'duration',
        'POL-6',
        ['故障容忍', 'Outage tolerance'],
        [
          '因系统故障晚于此时长才能触发的期限，会延长一次',
          'A deadline that our outage delays by more is extended once',
        ],
      ),
      field(
        'outageExtension',
        'duration',
        'POL-6',
        ['故障延长上限', 'Longest extension'],
        [
          '故障后最多延长此时长，且不超过该期限原长度',
          'By at most this, and never by more than the deadline’s own length',
        ],
      ),
    ],
  },
  {
    title: ['凭证限制', 'Limits of evidence'],
    fields: [
      field(
        'evidence.maxFilesPerParty',
        'count',
        'EVI-2',
        ['每方文件数', 'Files per party'],
        ['每个售后单每方最多上传，1–1000', 'The most a party uploads to a case, 1–1000'],
      ),
      field(
        'evidence.maxImageBytes',
        'bytes',
        'EVI-2',
        ['图片、文档大小', 'Image or document'],
        ['单个文件最大字节数', 'The most bytes of one file'],
      ),
      field(
        'evidence.maxVideoBytes',
        'bytes',
        'EVI-2',
        ['视频大小', 'Video'],
        ['单个视频最大字节数', 'The most bytes of one video'],
      ),
      field(
        'evidence.types',
        'types',
        'EVI-2',
        ['允许的文件类型', 'Types taken'],
        ['按内容识别，以逗号分隔', 'As told from the content, with commas between'],
      ),
      field(
        'unattachedEvidence',
        'duration',
        'EVI-5',
        ['未使用文件保留', 'Unused files'],
        ['上传后未被引用的文件保留多久', 'How long a file that nothing refers to is kept'],
      ),
    ],
  },
  {
    title: ['平台退货地址', 'Returns centre'],
    fields: [
      address('name', ['收件人', 'Name']),
      address('phone', ['电话', 'Phone']),
      address('province', ['省份', 'Province']),
      address('city', ['城市', 'City']),
      address('district', ['区县', 'District']),
      address('street', ['详细地址', 'Street']),
    ],
  },
];

export const policyFields: readonly PolicyField[] = policyGroups.flatMap(({ fields }) => fields);

const at = (document: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (part, name) => (typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[name] : undefined),
      document,
    );

/** A published policy as the form shows it. */
export function typedOf(policy: PolicyDocument): Typed {
  return Object.fromEntries(
    policyFields.map(({ path }) => {
      const value = at(policy, path);
      if (Array.isArray(value)) return [path, value.join(', ')];
      return [path, typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)];
    }),
  );
}

/** What is sent for a text; one that is none of its kind goes as it is, for the API to refuse. */
function valueOf(kind: Kind, text: string): unknown {
  const trimmed = text.trim();
  switch (kind) {
    case 'durations':
    case 'types':
      return trimmed === '' ? [] : trimmed.split(/[\s,，、]+/);
    case 'count':
    case 'bytes':
    case 'minor':
    case 'basisPoints':
      return /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
    case 'duration':
    case 'text':
      return trimmed;
    default:
      return trimmed === 'true' ? true : trimmed === 'false' ? false : trimmed;
  }
}

/** The document that a form says. */
export function documentOf(typed: Typed): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const { path, kind } of policyFields) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let part = document;
    for (const name of names) part = (part[name] ??= {}) as Record<string, unknown>;
    part[last] = valueOf(kind, typed[path] ?? '');
  }
  return document;
}

/** The fields in which two policies differ. */
export const differing = (one: Typed, other: Typed): PolicyField[] =>
  policyFields.filter(({ path }) => one[path] !== other[path]);

/** Which field an error of the API's belongs to: `policy.reminders.0` to `reminders`. */
export const fieldOfError = (name: string): string | undefined => {
  const bare = name.replace(/^policy\./, '');
  return policyFields.find(({ path }) => bare === path || bare.startsWith(`${path}.`) || bare.startsWith(`${path}[`))
    ?.path;
};

const duration = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const durationUnits: readonly Said[] = [
  ['周', 'w'],
  ['天', 'd'],
  ['小时', 'h'],
  ['分钟', 'min'],
  ['秒', 's'],
];

/** An ISO 8601 duration as people say it; empty where it is none. */
export function durationText(text: string, place: 0 | 1): string {
  const match = duration.exec(text.trim());
  return (match?.slice(1) ?? [])
    .flatMap((count, index) => (count === undefined ? [] : `${count} ${durationUnits[index]?.[place] ?? ''}`))
    .join(' ');
}

/** A field's text as people read it; empty where it is no more than what is typed, or can't be read. */
export function useReading(): (field: PolicyField, text: string) => string {
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return ({ kind }, text) => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : undefined;
    switch (kind) {
      case 'duration':
        return durationText(text, place);
      case 'durations':
        return (valueOf(kind, text) as string[])
          .map((one) => durationText(one, place))
          .filter((one) => one !== '')
          .join(', ');
      case 'bytes':
        return number === undefined ? '' : bytesText(number);
      case 'minor':
        return number === undefined ? '' : (number / 100).toFixed(2);
      case 'basisPoints':
        return number === undefined ? '' : `${number / 100} %`;
      case 'count':
      case 'types':
      case 'text':
        return '';
      default:
        return kind.find(([value]) => value === text)?.[1][place] ?? '';
    }
  };
}
