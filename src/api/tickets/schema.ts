import { z } from 'zod';
import { ticketCategories, ticketChannels, ticketOutcomes, ticketStatuses } from '../../domain/ticket/ticket.ts';
import { ratingAnswer } from '../feedback/rate.ts';
import { pageOf } from '../list.ts';
import { actorSchema, deadlineSchema, leaseSchema, timeSchema } from '../schemas.ts';
import { subjectListQuery } from '../subjectList.ts';

/** A support ticket 客服工单 as it is answered. INT-8 */
export const ticketAnswer = z
  .object({
    id: z.string(),
    orderId: z.string(),
    consumerId: z.string(),
    channel: z.enum(ticketChannels),
    category: z.enum(ticketCategories),
    description: z.string(),
    evidenceIds: z.array(z.string()).meta({ description: 'what it was opened with; replies have their own' }),
    status: z.enum(ticketStatuses),
    final: z.boolean(),
    thread: z
      .array(z.object({ by: actorSchema, text: z.string(), evidenceIds: z.array(z.string()), at: timeSchema }))
      .meta({ description: 'questions and replies, oldest first' }),
    question: z.string().optional().meta({ description: 'what customer service waits to be answered' }),
    resolving: z
      .object({ outcome: z.enum(ticketOutcomes), by: actorSchema, at: timeSchema })
      .optional()
      .meta({ description: 'a resolution that is being carried out' }),
    resolution: z
      .object({
        outcome: z.enum(ticketOutcomes),
        note: z.string().optional(),
        by: actorSchema,
        at: timeSchema,
        caseId: z.string().optional().meta({ description: 'the case that was opened, or asks for intervention' }),
        orderId: z.string().optional().meta({ description: 'the order that it concerns' }),
      })
      .optional(),
    feedback: ratingAnswer.optional().meta({ description: 'how its consumer rated it; on a single read' }),
    assignedTo: actorSchema.optional(),
    lease: leaseSchema
      .nullable()
      .optional()
      .meta({ description: 'which agent has claimed it; for those who work here, on a single read' }),
    deadline: deadlineSchema.nullable(),
    availableActions: z.array(z.string()),
    policyVersion: z.int(),
    version: z.int(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'SupportTicket' });
export type TicketAnswer = z.infer<typeof ticketAnswer>;

export const ticketPage = pageOf(ticketAnswer);

export const ticketListQuery = z.strictObject({
  ...subjectListQuery,
  status: z.enum(ticketStatuses).optional(),
  kind: z.enum(ticketCategories).optional().meta({ description: 'its category, under the name that all lists have' }),
  category: z.enum(ticketCategories).optional(),
});
