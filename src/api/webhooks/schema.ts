import { z } from 'zod';
import { label } from '../../domain/fields.ts';
import { webhookFilters } from '../../domain/tell/webhookEvents.ts';
import { deliveryStates } from '../../store/documents.ts';
import { pageQuery } from '../list.ts';
import { timeSchema } from '../schemas.ts';

const longestUrl = 2_048;
const mostEvents = 100;

/** What is wrong with an endpoint's URL; undefined where nothing is. */
function faultOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'must be an http:// or https:// URL';
  if (url.username !== '' || url.password !== '') return 'must not have a name or password in it: we sign what we send';
  if (url.hash !== '') return 'must not have a fragment: it would never be sent';
  return undefined;
}

const urlSchema = z
  .string()
  .max(longestUrl)
  .superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({ description: 'http or https, without credentials', format: 'uri' });

const eventsSchema = z
  .array(
    z.string().refine((name) => webhookFilters.includes(name), {
      error: ({ input }) =>
        `there is no event ${JSON.stringify(input)}: give names such as case.refund_settled, or case.*, order.*, *`,
    }),
  )
  .min(1)
  .max(mostEvents)
  .refine((names) => new Set(names).size === names.length, 'an event is named twice')
  .meta({ description: `event names, all of a kind (\`case.*\`) or all (\`*\`): ${webhookFilters.join(', ')}` });

const descriptionSchema = label(200);

export const createBody = z.strictObject({
  url: urlSchema,
  events: eventsSchema.default(['*']),
  description: descriptionSchema.optional(),
});
export const replaceBody = z.strictObject({
  url: urlSchema,
  events: eventsSchema,
  description: descriptionSchema.optional(),
  enabled: z.boolean(),
});

export const endpointAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string().optional(),
    enabled: z.boolean(),
    disabledReason: z.string().optional(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Webhook' });
export const withSecretAnswer = z
  .object({
    ...endpointAnswer.shape,
    secret: z.string().meta({ description: 'signs what is sent, as Standard Webhooks says; shown here only' }),
  })
  .meta({ id: 'WebhookWithSecret' });

export const listQuery = z.strictObject(pageQuery);
export const deliveriesQuery = z.strictObject({ ...pageQuery, state: z.enum(deliveryStates).optional() });

export const deliveryAnswer = z
  .object({
    id: z.string(),
    webhookId: z.string().meta({ description: 'as it is sent, the same at every try' }),
    type: z.string(),
    state: z.enum(deliveryStates),
    reason: z.string().optional(),
    createdAt: timeSchema,
    nextTryAt: timeSchema.nullable(),
    tries: z
      .array(
        z.object({
          at: timeSchema,
          durationMs: z.int(),
          status: z.int().optional(),
          error: z.string().optional(),
        }),
      )
      .meta({ description: 'the last 20' }),
  })
  .meta({ id: 'WebhookDelivery' });
