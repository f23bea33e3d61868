import { z } from 'zod';
import { roles } from '../../domain/parties.ts';
import { evidenceTypes } from '../../domain/policy/evidenceTypes.ts';
import { type EvidenceDocument, evidenceKinds } from '../../store/evidence.ts';
import { isoTime, timeSchema } from '../schemas.ts';

/** The form's fields beside the file. EVI-1 */
export const uploadFields = z.strictObject({ kind: z.enum(evidenceKinds) });

export const evidenceAnswer = z
  .object({
    id: z.uuid(),
    kind: z.enum(evidenceKinds),
    name: z.string(),
    type: z.enum(evidenceTypes).meta({ description: 'as detected from the content' }),
    size: z.int().meta({ description: 'bytes' }),
    sha256: z.string().meta({ description: 'of the content, in hex' }),
    uploadedBy: z.object({ role: z.enum(roles), id: z.string() }),
    createdAt: timeSchema,
    attachedTo: z
      .object({ subject: z.string().meta({ description: 'such as case/<id>' }), at: timeSchema })
      .optional()
      .meta({ description: 'absent until a command names the file; removed after 7 days without' }),
    erasedAt: timeSchema.optional().meta({ description: 'its content is gone since then' }),
  })
  .meta({ id: 'Evidence' });

/** Evidence as it is answered. */
export function presentEvidence(found: EvidenceDocument): z.infer<typeof evidenceAnswer> {
  const { _id, kind, name, type, size, sha256, uploadedBy, createdAt, attachedTo, erasedAt } = found;
  return {
    id: _id,
    kind,
    name,
    type,
    size,
    sha256,
    uploadedBy,
    createdAt: isoTime(createdAt),
    ...(attachedTo ? { attachedTo: { subject: attachedTo.subject, at: isoTime(attachedTo.at) } } : {}),
    ...(erasedAt ? { erasedAt: isoTime(erasedAt) } : {}),
  };
}
