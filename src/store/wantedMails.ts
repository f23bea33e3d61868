import type { Batch } from './batch.ts';
import { mailOf } from './deliveries.ts';
import { inboxOf, type MailDocument } from './documents.ts';
import type { Models } from './models.ts';

/** The mails that people want of these notices; agents share an inbox, and it gets none. TELL-1, TELL-5 */
export async function wantedMails(
  { profiles }: Pick<Models, 'profiles'>,
  subject: string,
  notices: Batch['notices'],
): Promise<MailDocument[]> {
  const ofParties = notices.filter(({ notice: { to } }) => to.role !== 'agent');
  if (ofParties.length === 0) return [];
  const inboxes = new Set(ofParties.map(({ notice: { to } }) => inboxOf(to.role, to.id)));
  const wanting = await profiles.collection
    .find(
      { _id: { $in: [...inboxes] as never }, emailOn: true, email: { $type: 'string' } },
      { projection: { _id: 1 } },
    )
    .toArray();
  const wanted = new Set(wanting.map(({ _id }) => String(_id)));
  return ofParties.map((notice) => mailOf(subject, notice)).filter(({ to }) => wanted.has(to));
}
