import type { ShownDeadline } from '../../domain/deadline.ts';
import { type Actor, system } from '../../domain/parties.ts';
import type { RefusalCode } from '../../domain/refusals.ts';

/** A signal sent by hand that was refused, as its events of any subject tell of it; `at` in UTC ms. SEE-1 */
export const signalRefused = ({
  at,
  actor,
  ...refused
}: {
  signal: string;
  code: RefusalCode;
  detail: string;
  at: number;
  actor: Actor;
}) => ({ type: 'signalRefused' as const, at, actor, rule: 'SEE-1', ...refused });

/** A reminder that was sent at `at` (UTC ms), as the events of any subject tell of it. TELL-1 */
export const reminded = (about: ShownDeadline, at: number) => ({
  type: 'reminded' as const,
  at,
  actor: system,
  rule: 'TELL-1',
  about,
});

/**
 * The entry of a subject that went on from its document, whose workflow was gone or knew less; `lost` is how far that had got. It is
 * the shell's own: the subject itself has not changed.
 */
export const takenUp = (at: number, lost: number, from: number) => ({
  type: 'takenUp',
  at,
  actor: system,
  rule: 'SEE-1',
  lost,
  from,
});
