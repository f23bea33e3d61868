import type { CaseState } from './case.ts';

/** The words by which people find a case. SEE-3 */
export function caseSearchText({ facts, returnShipment }: CaseState): string {
  return [facts.id, facts.orderId, facts.description, returnShipment?.trackingNumber].filter(Boolean).join('\n');
}
