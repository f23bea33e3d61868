import type { Dossier, Order, RulingPreview } from '../api/types.ts';
import { moneyText } from '../design/format.ts';
import type { Entry } from '../desk/Actions.tsx';
import type { ActionForm, Field, Values } from '../forms/fields.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { useAgentWords } from './words.ts';

const liabilities = ['merchant', 'consumer', 'both', 'platform'] as const;

/** A refund of an order by what it is for, and, of late money, whose. */
const nameOf = ({ purpose, transactionId }: Order['refunds'][number]) =>
  transactionId === undefined ? purpose : `${purpose}:${transactionId}`;
function namedBy(name: string): { purpose: string; transactionId?: string } {
  const [purpose = '', ...transaction] = name.split(':');
  return transaction.length === 0 ? { purpose } : { purpose, transactionId: transaction.join(':') };
}

/** Paying what the provider has refused: the same for a case and for an order, of which several refunds may wait. CASE-14, ORD-11 */
export function useRefundEntries(): (refunds?: Order['refunds']) => Entry[] {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  const language = useLanguage();

  /**
   * Which was paid: left to the API, it would be the first, which may be another by the time this is sent. Of one that waits no more
   * the API says so.
   */
  function whichOf(waiting: Order['refunds']): Field {
    const options = waiting.map((refund) => ({
      value: nameOf(refund),
      label: `${named('refundPurpose', refund.purpose)} ${moneyText(refund, language)}`,
      ...(refund.transactionId ? { hint: refund.transactionId } : {}),
    }));
    return { type: 'choice', name: 'which', label: t('whichRefund'), required: true, options };
  }

  return (refunds = []) => {
    const waiting = refunds.filter(({ state, held }) => state === 'declined' || state === 'unknown' || held);
    const [only, ...others] = waiting;
    return [
      {
        id: 'retry',
        action: 'refund-retry',
        key: 't',
        form: {
          title: named('action', 'refund-retry'),
          about: t('retryAbout'),
          button: named('action', 'refund-retry'),
          fields: [],
        },
      },
      {
        id: 'settle',
        action: 'manual-settlement',
        key: 'm',
        form: {
          title: named('action', 'manual-settlement'),
          about: t('settleAbout'),
          button: common('submit'),
          fields: [
            ...(waiting.length > 0 ? [whichOf(waiting)] : []),
            { type: 'text', name: 'reference', label: t('reference'), required: true, max: 128 },
            { type: 'long', name: 'note', label: common('note'), required: true },
          ],
          ...(only && others.length === 0 ? { start: { which: nameOf(only) } } : {}),
          body: ({ which, ...filled }) => ({ ...filled, ...(typeof which === 'string' ? namedBy(which) : {}) }),
        },
      },
    ];
  };
}

export function useExtension(): ActionForm {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  return {
    title: named('action', 'deadline-extension'),
    button: common('submit'),
    fields: [
      { type: 'time', name: 'until', label: t('until'), required: true },
      { type: 'long', name: 'reason', label: t('extendReason'), required: true },
    ],
  };
}

/** The agent's actions on a case as forms, each on its key. */
export function useAgentEntries(): (dossier: Dossier) => Entry[] {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  const language = useLanguage();
  const refundEntries = useRefundEntries()();
  const extension = useExtension();

  /** Beside the case's own deadline that of the merchant's appeal may run: then the agent says which. POL-5, INT-9 */
  function extensionOf({ deadline, merchantMayAppealUntil, appeal }: Dossier['case']): ActionForm {
    const lodged = appeal?.by === 'merchant' ? appeal.deadline?.kind : undefined;
    const beside = merchantMayAppealUntil ? 'merchantAppeal' : lodged;
    if (!deadline || !beside) return extension;
    const options = [
      { value: deadline.kind, label: t('ownDeadline') },
      { value: beside, label: t('appealDeadline') },
    ];
    const which: Field = {
      type: 'choice',
      name: 'kind',
      label: t('whichDeadline'),
      required: true,
      side: true,
      options,
    };
    return { ...extension, fields: [which, ...extension.fields] };
  }

  /** What can be ruled by an action is what the dossier previews of it: a remedy is chosen where there are any, a part where one may be named. */
  function rulingForm(action: RulingPreview['action'], dossier: Dossier): ActionForm {
    const title = named('action', action);
    const rulings = dossier.rulings.filter((one) => one.action === action);
    const inFavour = (values: Values) => rulings.filter(({ favour }) => favour === values['favour']);
    const chosen = (values: Values) =>
      inFavour(values).find(({ remedy }) => remedy === undefined || remedy === values['remedy']);
    const remedies = rulings.flatMap(({ favour, remedy }) => (favour === 'consumer' && remedy ? [remedy] : []));
    const partOf = (ruling: RulingPreview | undefined) => (ruling?.refund.partAllowed ? ruling.refund : ruling?.payout);
    const most = rulings.map(partOf).find((one) => one !== undefined);
    const paysMerchant = rulings.some(({ payout }) => payout !== undefined);
    const fields: Field[] = [
      {
        type: 'choice',
        name: 'favour',
        label: t('favour'),
        required: true,
        side: true,
        options: (['consumer', 'merchant'] as const).map((value) => ({ value, label: named('role', value) })),
      },
      {
        type: 'choice',
        name: 'remedy',
        label: t('remedy'),
        required: true,
        side: true,
        options: [...new Set(remedies)].map((value) => ({ value, label: named('kind', value) })),
        when: (values) => values['favour'] === 'consumer' && remedies.length > 0,
      },
      {
        type: 'money',
        name: 'refundAmount',
        label: t(paysMerchant ? 'payoutAmount' : 'refundAmount'),
        currency: dossier.case.refund.currency,
        ...(most === undefined ? {} : { hint: t('full', { amount: moneyText(most, language) }) }),
        when: (values) => partOf(chosen(values)) !== undefined,
      },
      {
        type: 'choice',
        name: 'liability',
        label: t('liability'),
        required: true,
        side: true,
        options: liabilities.map((value) => ({ value, label: named('liability', value) })),
      },
      { type: 'long', name: 'reasons', label: t('reasons'), hint: t('reasonsHint'), required: true },
    ];
    return {
      title,
      button: title,
      fields,
      // In full where nothing else is said: the amount is the preview's.
      body: (filled) => {
        const preview = chosen(filled as Values);
        const all = preview?.refund.partAllowed === true && filled['refundAmount'] === undefined;
        return all ? { ...filled, refundAmount: preview.refund.amount } : filled;
      },
    };
  }

  return (dossier) => {
    const entries: Entry[] = [
      {
        id: 'audit',
        action: 'intervention-audit',
        key: 'a',
        form: {
          title: named('action', 'intervention-audit'),
          about: t('auditAbout'),
          button: common('submit'),
          fields: [
            {
              type: 'choice',
              name: 'decision',
              label: t('decision'),
              required: true,
              side: true,
              options: [
                { value: 'accept', label: t('accept') },
                { value: 'decline', label: t('decline') },
              ],
            },
            {
              type: 'long',
              name: 'note',
              label: common('note'),
              required: ({ decision }) => decision === 'decline',
            },
          ],
        },
      },
      {
        id: 'ruling',
        action: 'ruling',
        key: 'r',
        form: rulingForm('ruling', dossier),
      },
      {
        id: 'appeal-ruling',
        action: 'appeal-ruling',
        key: 'r',
        form: rulingForm('appeal-ruling', dossier),
      },
      {
        id: 'ask',
        action: 'information-request',
        key: 'q',
        form: {
          title: named('action', 'information-request'),
          about: t('askAbout'),
          button: common('send'),
          fields: [
            {
              type: 'choice',
              name: 'from',
              label: t('askWhom'),
              required: true,
              side: true,
              options: (['consumer', 'merchant'] as const).map((value) => ({ value, label: named('role', value) })),
            },
            { type: 'long', name: 'question', label: t('question'), required: true },
          ],
        },
      },
      ...refundEntries,
      { id: 'extend', action: 'deadline-extension', key: 'x', form: extensionOf(dossier.case) },
    ];
    return entries;
  };
}
