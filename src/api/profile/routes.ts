import { z } from 'zod';
import { addressSchema } from '../../domain/address.ts';
import { roles } from '../../domain/parties.ts';
import { languages } from '../../domain/tell/texts.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';

const tag = 'Own';
export const profileSchema = z
  .strictObject({
    email: z.email().max(254).optional(),
    language: z.enum(languages),
    emailOn: z.boolean(),
    returnAddress: addressSchema.optional(),
  })
  .meta({ id: 'Profile' });
type ProfileBody = z.infer<typeof profileSchema>;

const path = '/v1/me/profile';

const read = route({
  method: 'get',
  path,
  summary: 'What the caller has said about itself, else what is assumed',
  tag,
  roles,
  answer: profileSchema,
  answers: async ({ store }, { caller }) => ({ body: await store.profiles.read(caller.role, caller.id) }),
});

const replace = route<undefined, ProfileBody>({
  method: 'put',
  path,
  summary: 'Replaces the caller’s profile; a merchant’s return address is where approved returns go',
  tag,
  roles,
  body: profileSchema,
  answer: profileSchema,
  async answers({ store }, { caller, body }) {
    if (body.returnAddress && caller.role !== 'merchant') {
      const detail = 'only a merchant has a return address';
      throw Problem.of('validation_failed', `returnAddress: ${detail}`, {
        errors: [{ field: 'returnAddress', detail }],
      });
    }
    await store.profiles.replace(caller.role, caller.id, body);
    return { body };
  },
});

/** TELL-5 */
export const profileRoutes: readonly Route[] = [read, replace];
