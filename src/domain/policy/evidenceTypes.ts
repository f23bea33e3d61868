/** Types of files that can be told from their content, of which the policy says which are taken. EVI-2 */
export const evidenceTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/heic',
  'video/mp4',
  'video/quicktime',
  'video/webm',
  'application/pdf',
  'text/plain',
] as const;
export type EvidenceType = (typeof evidenceTypes)[number];
