import { z } from 'zod';
import { applicationOnOrderSchema, caseCommandSchemas } from '../case/commands.ts';
import { deadlineExtensionSchema } from '../deadlineExtension.ts';
import { evidenceIds, freeText, ownId } from '../fields.ts';
import { cancellationReasons } from '../order/commands.ts';
import { ticketCategories, ticketChannels } from './ticket.ts';

/** What a ticket is opened with. INT-8 */
export const ticketSchema = z.strictObject({
  orderId: ownId,
  channel: z.enum(ticketChannels).default('feedback'),
  category: z.enum(ticketCategories),
  description: freeText,
  evidenceIds,
});
export type TicketOpening = z.infer<typeof ticketSchema>;

/** How an agent resolves a ticket: each outcome with the field that it needs, and with no other. INT-8 */
const resolutionSchema = z.discriminatedUnion(
  'outcome',
  [
    z.strictObject({ outcome: z.literal('answered'), note: freeText }),
    z.strictObject({ outcome: z.literal('open_case'), note: freeText, case: applicationOnOrderSchema }),
    z.strictObject({
      outcome: z.literal('request_intervention'),
      note: freeText,
      intervention: caseCommandSchemas.interventionRequest.extend({ caseId: ownId }),
    }),
    z.strictObject({
      outcome: z.literal('cancel_order'),
      note: freeText,
      cancellation: z
        .strictObject({ reason: z.enum(cancellationReasons) })
        .optional()
        .meta({ description: 'changed_mind unless it says otherwise; a parcel that came back is parcel_refused' }),
    }),
  ],
  { error: 'must be one of answered, open_case, request_intervention, cancel_order' },
);

/** The fields of each command on a ticket, under the name of its signal. */
export const ticketCommandSchemas = {
  /** Has no route of its own: it comes with the claim of the agents' queue. */
  claim: z.strictObject({}),
  informationRequest: z.strictObject({ question: freeText }),
  reply: z.strictObject({ text: freeText, evidenceIds }),
  resolution: resolutionSchema,
  deadlineExtension: deadlineExtensionSchema,
};

/** A command's name, which is its signal's. */
export type TicketCommandName = keyof typeof ticketCommandSchemas;
export type TicketCommands = { [Name in TicketCommandName]: z.infer<(typeof ticketCommandSchemas)[Name]> };
