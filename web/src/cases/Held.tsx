import type { Case } from '../api/types.ts';
import { useTime } from '../design/format.ts';
import { Note } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { phrases } from '../words/language.ts';

const useWords = phrases('held', {
  state: ['暂缓付款', 'On hold'],
  title: ['退款暂缓付出', 'The refund is on hold'],
  payoutTitle: ['申诉补偿暂缓付出', 'The payout is on hold'],
  stopped: ['平台已暂停付款并正在核查。', 'The platform has paused payments while it looks into them.'],
  daily_cap: ['平台今日付款额度已用完。', 'The platform’s payments have reached today’s limit.'],
  switch_unreachable: ['付款系统暂时无法使用。', 'The payment system is not available just now.'],
  byItself: [
    '{{why}}恢复后款项会自动付出，您无需操作。（{{time}} 起）',
    '{{why}} The money goes out by itself as soon as that is over; there is nothing you need to do. (Since {{time}})',
  ],
});

type Movement = Pick<Case['refund'], 'state' | 'held'>;

/** How money stands, in words: what the platform holds back is not merely under way. */
export function useRefundState(): (refund: Movement) => string {
  const t = useWords();
  const named = useCodes();
  return ({ state, held }) => (held ? t('state') : named('refundState', state));
}

/** Why money does not come yet, and that nobody needs to do anything about it. */
export function Held({ held, payout = false }: { held: Case['refund']['held']; payout?: boolean }) {
  const t = useWords();
  const time = useTime();
  if (!held) return null;
  return (
    <Note tone="warn" title={t(payout ? 'payoutTitle' : 'title')}>
      <p>{t('byItself', { why: t(held.cause), time: time(held.since) })}</p>
    </Note>
  );
}
