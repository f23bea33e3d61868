import { useRefusalCodes } from '../api/queries.ts';
import type { Case, RefusalCodes } from '../api/types.ts';
import { moneyText, typedAmount } from '../design/format.ts';
import type { Entry } from '../desk/Actions.tsx';
import type { Field } from '../forms/fields.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { useMerchantWords } from './words.ts';

type Code = RefusalCodes['receipt'][number] | RefusalCodes['application'][number];

/** What must come with a reason, as its hint. */
export function useNeeds(): (code: Code) => { hint?: string } {
  const t = useMerchantWords();
  return ({ evidence, note }) => {
    const needs = [...(evidence ? [t('needsEvidence')] : []), ...(note ? [t('needsNote')] : [])].join(t('and'));
    return needs === '' ? {} : { hint: needs };
  };
}

/** What must come with a refusal, as the API says of each code. CASE-4, CASE-10 */
export function useRefusalFields(): (codes: Code[]) => Field[] {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const needsOf = useNeeds();
  return (codes) => {
    const chosen = (values: Record<string, unknown>) => codes.find(({ code }) => code === values['refusalCode']);
    return [
      {
        type: 'choice',
        name: 'refusalCode',
        label: t('refuseWhy'),
        required: true,
        options: codes.map((one) => ({ value: one.code, label: named('refusal', one.code), ...needsOf(one) })),
      },
      { type: 'long', name: 'note', label: common('note'), required: (values) => chosen(values)?.note ?? false },
      {
        type: 'files',
        name: 'evidenceIds',
        label: common('evidence'),
        kind: 'product_photo',
        required: (values) => chosen(values)?.evidence ?? false,
      },
    ];
  };
}

/** Where a parcel that the merchant sends can be followed. */
export function useParcelFields(): Field[] {
  const common = useCommon();
  return [
    { type: 'text', name: 'carrier', label: common('carrier'), required: true, max: 64 },
    { type: 'text', name: 'trackingNumber', label: common('trackingNumber'), required: true, max: 64 },
  ];
}

/** The merchant's actions as forms, each on its key. */
export function useMerchantEntries(): (shown: Case) => Entry[] {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const language = useLanguage();
  const { data: codes } = useRefusalCodes();
  const refusalFields = useRefusalFields();
  const parcel = useParcelFields();
  return (shown) => {
    const { refund } = shown;
    const isClosed = (action: string, field: string, value: string) =>
      shown.choices[action]?.[field]?.includes(value) === false;
    const entries: Entry[] = [
      {
        id: 'approve',
        action: 'merchant-decision',
        key: 'a',
        form: {
          title: t('approve'),
          about: t('approveAbout'),
          button: t('approve'),
          fields: [
            { type: 'check', name: 'other', label: t('otherAddress'), hint: t('otherAddressHint') },
            {
              type: 'address',
              name: 'returnAddress',
              label: t('returnAddress'),
              required: true,
              when: ({ other }) => other === true,
            },
          ],
          body: ({ other: _, ...filled }) => ({ decision: 'approve', ...filled }),
        },
      },
      {
        id: 'refuse',
        action: 'merchant-decision',
        key: 'r',
        closed: isClosed('merchant-decision', 'decision', 'refuse'),
        form: {
          title: t('refuse'),
          button: t('refuse'),
          danger: true,
          fields: refusalFields(codes?.application ?? []),
          body: (filled) => ({ decision: 'refuse', ...filled }),
        },
      },
      {
        id: 'received',
        action: 'receipt-confirmation',
        key: 'c',
        form: {
          title: t('received'),
          about: t('receivedAbout'),
          button: t('received'),
          fields: [{ type: 'long', name: 'note', label: common('note') }],
          body: (filled) => ({ outcome: 'received', ...filled }),
        },
      },
      {
        id: 'refuse-receipt',
        action: 'receipt-confirmation',
        key: 'd',
        closed: isClosed('receipt-confirmation', 'outcome', 'refused'),
        form: {
          title: t('refuseReceipt'),
          button: t('refuseReceipt'),
          danger: true,
          fields: refusalFields(codes?.receipt ?? []),
          body: (filled) => ({ outcome: 'refused', ...filled }),
        },
      },
      {
        id: 'voucher',
        action: 'refund-voucher',
        key: 'v',
        form: {
          title: named('action', 'refund-voucher'),
          about: t('voucherAbout'),
          button: common('submit'),
          start: { amount: typedAmount(refund) },
          fields: [
            { type: 'text', name: 'reference', label: t('reference'), required: true, max: 128 },
            { type: 'money', name: 'amount', label: common('amount'), required: true, currency: refund.currency },
            { type: 'time', name: 'paidAt', label: t('paidAt'), required: true },
            { type: 'files', name: 'evidenceIds', label: t('voucher'), kind: 'refund_voucher', required: true },
          ],
        },
      },
      {
        id: 'ship',
        action: 'replacement-shipment',
        key: 's',
        form: {
          title: named('action', 'replacement-shipment'),
          about: t('shipAbout'),
          button: common('submit'),
          fields: parcel,
        },
      },
      {
        id: 'evidence',
        action: 'evidence-submission',
        key: 'e',
        form: {
          title: named('action', 'evidence-submission'),
          about: t('evidenceAbout'),
          button: common('submit'),
          fields: [
            { type: 'long', name: 'statement', label: common('statement') },
            { type: 'files', name: 'evidenceIds', label: common('evidence'), kind: 'product_photo' },
            { type: 'check', name: 'complete', label: t('complete') },
          ],
        },
      },
      {
        id: 'propose',
        action: 'proposal',
        key: 'p',
        form: {
          title: named('action', 'proposal'),
          about: t('proposalAbout'),
          button: common('submit'),
          start: { kind: 'refund_only' },
          fields: [
            {
              type: 'choice',
              name: 'kind',
              label: common('kind'),
              required: true,
              side: true,
              options: ['refund_only', 'return_and_refund', 'exchange', 'reship'].map((value) => ({
                value,
                label: named('kind', value),
              })),
            },
            {
              type: 'money',
              name: 'refundAmount',
              label: common('amount'),
              currency: refund.currency,
              hint: t('amountHint', { max: moneyText({ amount: maxOf(shown), currency: refund.currency }, language) }),
              when: ({ kind }) => kind === 'refund_only',
            },
            { type: 'long', name: 'note', label: common('note'), required: true },
          ],
        },
      },
      {
        id: 'appeal',
        action: 'appeal',
        key: 'l',
        form: {
          title: named('action', 'appeal'),
          about: t('appealAbout'),
          button: common('submit'),
          fields: [
            { type: 'long', name: 'statement', label: common('statement'), required: true },
            { type: 'files', name: 'evidenceIds', label: common('evidence'), kind: 'product_photo' },
          ],
        },
      },
    ];
    return entries;
  };
}

/** What the lines of the case are worth: nobody can propose more. The API judges. */
const maxOf = ({ lines }: Case) => lines.reduce((sum, { refundAmount }) => sum + refundAmount.amount, 0);
