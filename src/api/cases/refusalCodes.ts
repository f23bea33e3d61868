import { z } from 'zod';
import {
  neededWith,
  neededWithReceipt,
  receiptRefusalCodes,
  refusalCodesOfApplications,
} from '../../domain/case/refusalCodes.ts';
import { type Route, route } from '../route.ts';

const needs = { evidence: z.boolean(), note: z.boolean() };

/** What each code of a refusal needs to come with it, for whoever offers them. CASE-4, CASE-10 */
export const refusalCodesAnswer = z
  .object({
    application: z.array(z.object({ code: z.enum(refusalCodesOfApplications), ...needs })),
    receipt: z.array(z.object({ code: z.enum(receiptRefusalCodes), ...needs })),
  })
  .meta({ id: 'RefusalCodes' });

const list = route({
  method: 'get',
  path: '/v1/refusal-codes',
  summary: 'The codes a merchant may refuse an application or a parcel with, and what must come with each',
  tag: 'Cases',
  roles: ['consumer', 'merchant', 'agent', 'admin'],
  answer: refusalCodesAnswer,
  answers: async () => ({
    body: {
      application: refusalCodesOfApplications.map((code) => ({
        code,
        evidence: neededWith[code] === 'evidence',
        note: neededWith[code] === 'note',
      })),
      receipt: receiptRefusalCodes.map((code) => ({ code, ...neededWithReceipt[code] })),
    },
  }),
});

export const refusalCodeRoutes: readonly Route[] = [list];
