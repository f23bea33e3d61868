import { z } from 'zod';
import { queues } from '../../domain/queue.ts';
import { pageOf, pageQuery } from '../list.ts';
import { deadlineSchema, leaseSchema, moneySchema, timeSchema } from '../schemas.ts';

/** What waits for an agent in a queue. */
export const queueItem = z
  .object({
    subject: z.string().meta({ description: 'such as case/<id>' }),
    id: z.string(),
    queue: z.enum(queues),
    orderId: z.string(),
    status: z.string(),
    kind: z.string().optional(),
    reason: z.string().optional(),
    merchantId: z.string(),
    consumerId: z.string(),
    amount: moneySchema
      .optional()
      .meta({ description: 'what is at stake: the case’s refund, or what could not be refunded; a ticket has none' }),
    deadline: deadlineSchema.nullable().meta({ description: 'null where none runs: it is overdue, or nothing is due' }),
    waitingSince: timeSchema.meta({ description: 'when it came into this queue' }),
    asked: z
      .object({ from: z.string(), until: timeSchema })
      .optional()
      .meta({ description: 'further information that is waited for; meanwhile the other deadlines stand still' }),
    lease: leaseSchema.optional().meta({ description: 'who has claimed it' }),
    mayClaim: z.boolean(),
    whyNot: z.enum(['claimed_by_another', 'ruled_before']).optional(),
  })
  .meta({ id: 'QueueItem' });
export type QueueItem = z.infer<typeof queueItem>;

export const queuePage = pageOf(queueItem);

export const queueQuery = z.strictObject({
  ...pageQuery,
  claimed: z.enum(['mine', 'free', 'all']).default('all').meta({ description: 'by the caller, by nobody, or either' }),
});

export const claimAnswer = z.object({
  subject: z.string(),
  id: z.string(),
  queue: z.enum(queues),
  lease: leaseSchema.nullable(),
});
