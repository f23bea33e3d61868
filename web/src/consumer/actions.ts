import type { Case } from '../api/types.ts';
import type { ActionForm } from '../forms/fields.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useConsumerWords } from './words.ts';

const maxLabel = 64;

/** The consumer's actions as forms, by the names that `availableActions` gives them. */
export function useConsumerForms(): (action: string, shown?: Case) => ActionForm | undefined {
  const t = useConsumerWords();
  const common = useCommon();
  const named = useCodes();
  return (action, shown) => {
    const title = named('action', action);
    switch (action) {
      case 'tracking-number':
        return {
          title,
          about: t('trackingAbout'),
          button: common('submit'),
          fields: [
            { type: 'text', name: 'carrier', label: common('carrier'), required: true, max: maxLabel },
            { type: 'text', name: 'trackingNumber', label: common('trackingNumber'), required: true, max: maxLabel },
          ],
        };
      case 'withdrawal':
        return {
          title,
          about: t('withdrawAbout'),
          button: t('withdrawButton'),
          danger: true,
          fields: [{ type: 'long', name: 'note', label: common('note') }],
        };
      case 'intervention-request': {
        const reasons = shown?.choices[action]?.['reason'] ?? [];
        return {
          title,
          about: t('interventionAbout'),
          button: common('submit'),
          start: { reason: reasons[0] ?? '' },
          fields: [
            {
              type: 'choice',
              name: 'reason',
              label: t('interventionReason'),
              required: true,
              options: reasons.map((value) => ({ value, label: named('interventionReason', value) })),
            },
            { type: 'long', name: 'statement', label: t('statement'), required: true },
            { type: 'files', name: 'evidenceIds', label: t('evidence'), kind: 'product_photo' },
          ],
        };
      }
      case 'intervention-withdrawal':
        return { title, about: t('interventionBack'), button: t('withdrawButton'), danger: true, fields: [] };
      case 'evidence-submission':
        return {
          title,
          about: t('evidenceAbout'),
          button: common('submit'),
          fields: [
            { type: 'long', name: 'statement', label: t('statement') },
            { type: 'files', name: 'evidenceIds', label: t('evidence'), kind: 'product_photo' },
            { type: 'check', name: 'complete', label: t('complete') },
          ],
        };
      case 'appeal':
        return {
          title,
          about: t('appealAbout'),
          button: common('submit'),
          fields: [
            { type: 'long', name: 'statement', label: t('statement'), required: true },
            { type: 'files', name: 'evidenceIds', label: t('evidence'), kind: 'product_photo' },
          ],
        };
      case 'proposal-response':
        return {
          title,
          about: t('proposalAbout'),
          button: common('submit'),
          fields: [
            {
              type: 'choice',
              name: 'decision',
              label: t('yourAnswer'),
              required: true,
              options: [
                { value: 'accept', label: t('acceptProposal') },
                { value: 'decline', label: t('declineProposal') },
              ],
            },
          ],
        };
      case 'replacement-receipt':
        return { title, about: t('receiptAbout'), button: t('received'), fields: [] };
      case 'feedback':
        return {
          title,
          about: t('rateAbout'),
          button: common('submit'),
          fields: [
            {
              type: 'choice',
              name: 'rating',
              label: t('rating'),
              required: true,
              options: ([5, 4, 3, 2, 1] as const).map((value) => ({
                value: String(value),
                label: `${'★'.repeat(value)}${'☆'.repeat(5 - value)} ${t(`stars${value}`)}`,
              })),
            },
            { type: 'long', name: 'comment', label: t('comment') },
          ],
          body: ({ rating, ...rest }) => ({ rating: Number(rating), ...rest }),
        };
      case 'cancellation':
        return {
          title,
          about: t('cancelAbout'),
          button: title,
          danger: true,
          fields: [
            {
              type: 'choice',
              name: 'reason',
              label: t('cancelReason'),
              required: true,
              options: ['changed_mind', 'wrong_order', 'duplicate', 'other'].map((value) => ({
                value,
                label: named('cancellation', value),
              })),
            },
            { type: 'long', name: 'note', label: common('note') },
          ],
        };
      case 'reply':
        return {
          title: t('reply'),
          button: common('send'),
          fields: [
            { type: 'long', name: 'text', label: t('reply'), required: true },
            { type: 'files', name: 'evidenceIds', label: t('screenshots'), kind: 'order_screenshot' },
          ],
        };
      default:
        return undefined;
    }
  };
}
