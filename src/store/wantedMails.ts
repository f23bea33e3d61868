import type { Batch } from './batch.ts';
import { mailOf } from './deliveries.ts';
import { inboxOf, type MailDocument } from './documents.ts';
import { gathering, withIds } from './gathering.ts';
import type { Models } from './models.ts';

/** Finds the mails that people want of a subject's notices; agents share an inbox, and it gets none. TELL-1, TELL-5 */
export function mailFinder({ profiles }: Pick<Models, 'profiles'>) {
  const wantsMail = gathering(
    async (inboxes) =>
      (await profiles.collection
        .find({ ...withIds(inboxes), emailOn: true, email: { $type: 'string' } } as never, {
          projection: { _id: 1 },
          limit: inboxes.length,
        })
        .toArray()) as unknown as { _id: string }[],
  );
  return async (subject: string, notices: Batch['notices']): Promise<MailDocument[]> => {
    const ofParties = notices.filter(({ notice: { to } }) => to.role !== 'agent');
    const inboxes = [...new Set(ofParties.map(({ notice: { to } }) => inboxOf(to.role, to.id)))];
    const wanted = new Set((await Promise.all(inboxes.map(wantsMail))).map((wanting) => wanting?._id));
    return ofParties.map((notice) => mailOf(subject, notice)).filter(({ to }) => wanted.has(to));
  };
}
