import type { Case } from '../api/types.ts';
import type { Tone } from '../design/pieces.tsx';

type Shown = Pick<Case, 'status' | 'final' | 'deadline'>;

/** Whether the case waits for whoever plays this role. */
export const waitsFor = ({ deadline }: Pick<Case, 'deadline'>, role: string): boolean =>
  deadline !== null && deadline.waitingFor.split('_and_').includes(role);

/** How a case's status is coloured for whoever looks. */
export function toneOf(shown: Shown, role: string): Tone {
  if (shown.status === 'closed') return 'plain';
  if (shown.final) return 'good';
  if (shown.status === 'refund_failed' || shown.status === 'compensation_failed') return 'bad';
  return waitsFor(shown, role) ? 'warn' : 'go';
}
