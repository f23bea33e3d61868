import type { EvidenceType } from '../../../src/domain/policy/evidenceTypes.ts';

/** Types of files that may be taken, and what bounds them. EVI-2 */
const boundOf: Record<EvidenceType, 'maxImageBytes' | 'maxVideoBytes'> = {
  'image/jpeg': 'maxImageBytes',
  'image/png': 'maxImageBytes',
  'image/webp': 'maxImageBytes',
  'image/gif': 'maxImageBytes',
  'image/heic': 'maxImageBytes',
  'video/mp4': 'maxVideoBytes',
  'video/quicktime': 'maxVideoBytes',
  'video/webm': 'maxVideoBytes',
  'application/pdf': 'maxImageBytes',
  'text/plain': 'maxImageBytes',
};

/** Not every system knows the types of Apple's by name. */
const endings: Partial<Record<EvidenceType, string>> = { 'image/heic': '.heic', 'video/quicktime': '.mov' };

/** What a file chooser offers: what the policy takes, or all that may be while that is not known. */
export const acceptedTypes = (types: EvidenceType[] = Object.keys(boundOf) as EvidenceType[]): string =>
  types.flatMap((type) => [type, endings[type] ?? []].flat()).join(',');

/** What the policy in force says of files. */
export type Limits = { maxImageBytes: number; maxVideoBytes: number; types: EvidenceType[] };

/** With which code the API would refuse a file, as far as can be seen before it is sent; undefined where it may be taken. */
export function refusalOf({ type: said, size }: { type: string; size: number }, limits: Limits | undefined) {
  const type = said.split(';')[0]?.trim().toLowerCase() ?? '';
  if (size === 0) return 'evidence_empty';
  const known = type === 'image/jpg' ? 'image/jpeg' : type;
  const taken: readonly string[] = limits?.types ?? Object.keys(boundOf);
  const bound = taken.includes(known) ? boundOf[known as EvidenceType] : undefined;
  // What has no type may be anything that is taken: its content tells.
  const untyped = known === '' || known === 'application/octet-stream';
  if (bound === undefined && !untyped) return 'evidence_type_not_allowed';
  const most = limits && (bound ? limits[bound] : Math.max(limits.maxImageBytes, limits.maxVideoBytes));
  return most !== undefined && size > most ? 'evidence_too_large' : undefined;
}
