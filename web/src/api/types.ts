import type { z } from 'zod';
import type { refusalCodesAnswer } from '../../../src/api/cases/refusalCodes.ts';
import type { saidAnswer } from '../../../src/api/conversations/routes.ts';
import type { extensionAnswer } from '../../../src/api/deadlineExtensions/routes.ts';
import type { evidenceAnswer } from '../../../src/api/evidence/schema.ts';
import type { ledgerEntry } from '../../../src/api/ledger/schema.ts';
import type { republicationAnswer } from '../../../src/api/maintenance/republications.ts';
import type { messageAnswer } from '../../../src/api/messages/routes.ts';
import type { changeAnswer, moneyAnswer } from '../../../src/api/money/schema.ts';
import type { profileSchema } from '../../../src/api/profile/routes.ts';
import type { deadlineSchema, moneySchema } from '../../../src/api/schemas.ts';
import type { deliveryAnswer, endpointAnswer, withSecretAnswer } from '../../../src/api/webhooks/schema.ts';

/** What the API answers, by the very schemas it answers with. */
export type { CaseAnswer as Case, TimelineItem } from '../../../src/api/cases/schema.ts';
export type { ForesightAnswer as Foresight } from '../../../src/api/cases/whatIf.ts';
export type { Dossier, ShownPreview as RulingPreview, Statement } from '../../../src/api/dossier/schema.ts';
export type { FiguresAnswer as Figures, PerformanceAnswer as Performance } from '../../../src/api/figures/routes.ts';
export type { AbandonmentAnswer as Abandonment } from '../../../src/api/maintenance/abandonments.ts';
export type {
  ReconciliationAnswer as Reconciliation,
  ReconciliationReport,
} from '../../../src/api/maintenance/reconciliations.ts';
export type { OrderAnswer as Order, ReturnOptionsAnswer as ReturnOptions } from '../../../src/api/orders/schema.ts';
export type { RehearsalAnswer as Rehearsal } from '../../../src/api/policies/rehearsal.ts';
export type { PublishedPolicy } from '../../../src/api/policies/routes.ts';
export type { QueueItem } from '../../../src/api/queues/schema.ts';
export type { TicketAnswer as Ticket } from '../../../src/api/tickets/schema.ts';
export type { Address } from '../../../src/domain/address.ts';
export type { PolicyDocument } from '../../../src/domain/policy/policy.ts';
export type { EvidenceKind } from '../../../src/store/evidence.ts';

export type Said = z.infer<typeof saidAnswer>;
export type Evidence = z.infer<typeof evidenceAnswer>;
export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type Message = z.infer<typeof messageAnswer>;
export type Profile = z.infer<typeof profileSchema>;
export type Deadline = z.infer<typeof deadlineSchema>;
export type Money = z.infer<typeof moneySchema>;
export type RefusalCodes = z.infer<typeof refusalCodesAnswer>;
export type Webhook = z.infer<typeof endpointAnswer>;
export type WebhookWithSecret = z.infer<typeof withSecretAnswer>;
export type Delivery = z.infer<typeof deliveryAnswer>;
export type OutgoingMoney = z.infer<typeof moneyAnswer>;
export type DeadlineExtension = z.infer<typeof extensionAnswer>;
export type Republication = z.infer<typeof republicationAnswer>;
export type MoneyChange = z.infer<typeof changeAnswer>;
export type Page<Item> = { items: Item[]; nextCursor: string | null };
