import type { Address } from '../domain/address.ts';
import type { ProfileDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

export type Profile = Omit<ProfileDocument, '_id'>;

/** What somebody who never said anything gets. TELL-5 */
const defaultProfile: Profile = { language: 'zh-CN', emailOn: true };

const idOf = (role: string, id: string) => `${role}/${id}`;

/** What people have said about themselves. TELL-5 */
export function profileStore({ profiles }: Pick<Models, 'profiles'>) {
  async function ofInbox(inbox: string): Promise<Profile> {
    const found = await collectionOf(profiles).findOne({ _id: inbox });
    if (!found) return defaultProfile;
    const { _id, ...profile } = found;
    return profile;
  }

  const read = (role: string, id: string) => ofInbox(idOf(role, id));

  return {
    read,

    /** The profile of a party, by its inbox: `<role>/<sub>`. */
    ofInbox,

    async replace(role: string, id: string, profile: Profile): Promise<void> {
      await collectionOf(profiles).replaceOne({ _id: idOf(role, id) }, profile, { upsert: true });
    },

    /** A merchant's own return address, null where its profile has none. CASE-2 */
    async returnAddressOf(merchantId: string): Promise<Address | null> {
      return (await read('merchant', merchantId)).returnAddress ?? null;
    },
  };
}
