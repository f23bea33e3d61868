import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { Address } from '../domain/address.ts';
import { caseCommandSchemas } from '../domain/case/commands.ts';
import type { Effect } from '../domain/effects.ts';
import type { Found, PaymentProvider, ProviderAnswer } from '../domain/money/provider.ts';
import { orderCommandSchemas } from '../domain/order/commands.ts';
import type { OrderState } from '../domain/order/order.ts';
import type { Outcome } from '../domain/outcome.ts';
import { ticketCommandSchemas } from '../domain/ticket/commands.ts';
import type { AllocationStore, ApplicationWish, Reservation } from '../store/allocations.ts';
import type { Batch } from '../store/batch.ts';
import type { SubjectStore } from '../store/subjects.ts';
import { innerSignals, orderSubject } from '../workflows/messages.ts';
import { type ActingDeps, actingForConsumers } from './actingForConsumers.ts';
import { openingCases } from './opening.ts';

/** What activities need of the world. */
export type ActivityDeps = {
  subjects: SubjectStore;
  allocations: AllocationStore;
  /** A merchant's own return address, null where its profile has none. */
  returnAddressOf: (merchantId: string) => Promise<Address | null>;
  provider: PaymentProvider;
  /** Signals and starts workflows of other subjects. */
  client: Pick<Client, 'workflow'>;
} & ActingDeps;

/** What a signal sent by hand may carry, checked as a route's body is. */
export type CheckedSignal = { ok: true; fields: Record<string, unknown> } | { ok: false; detail: string };

/** What a resumed order starts from. */
export type StoredOrder = { state: OrderState; writeSeq: number; timelineSeq: number; outcomes: Outcome[] };

/** What each kind of subject may be sent by hand: the same schemas as the API's. */
const signalSchemas: Record<'case' | 'order' | 'ticket', Record<string, z.ZodType<Record<string, unknown>>>> = {
  case: caseCommandSchemas,
  order: orderCommandSchemas,
  ticket: ticketCommandSchemas,
};

type Pay = Extract<Effect, { type: 'pay' }>;

/** The activities; each takes its idempotency key first, and may be repeated whenever its end is not known. */
export function createActivities(deps: ActivityDeps) {
  const { subjects, allocations, returnAddressOf, provider, client } = deps;
  const pay = (key: string, { operation, orderId, party, amount }: Pay): Promise<ProviderAnswer> =>
    operation === 'refund' ? provider.refund(key, orderId, amount) : provider.payout(key, orderId, party, amount);

  return {
    ...actingForConsumers(deps, client),
    ...openingCases(deps),

    /** For cases opened before 0.2.0: takes the quantity and money of an application, or says which rule forbids it. ELIG */
    reserve: (caseId: string, wish: ApplicationWish): Promise<Reservation> => allocations.reserve(caseId, wish),

    /** Writes a batch, and wakes an order that waited for this case to end. The key is `<subject>/<writeSeq>`. */
    async persist(_key: string, { allocation, ...batch }: Batch): Promise<void> {
      const waiting: string[] = [];
      for (const change of allocation) {
        if (change.change === 'open') await allocations.open(change.order, change.deliveredAt);
        else if (change.change === 'extend') await allocations.extend(change.orderId, change.until);
        else if ((await allocations.settle(change.orderId, change.settlement)).orderWaits) waiting.push(change.orderId);
      }
      await subjects.write(batch);
      for (const orderId of waiting) await signalIfRunning(client, orderSubject(orderId), innerSignals.casesEnded);
    },

    /** One try at moving money; a timeout is `unknown`. REF-4 */
    pay,

    /** Tries until the provider has said yes or no: what is unknown or pending fails this try, and Temporal makes the next. REF-4 */
    async payUntilAnswered(key: string, payment: Pay): Promise<ProviderAnswer> {
      const answer = await pay(key, payment);
      if (answer.outcome === 'done' || answer.outcome === 'declined') return answer;
      throw ApplicationFailure.retryable(`the provider's answer to ${key} is ${answer.outcome}`, 'PaymentNotAnswered');
    },

    /** What the provider knows of a payment. CASE-14 */
    findPayment: (key: string): Promise<Found> => provider.find(key),

    /** CASE-2 */
    returnAddressOf: (_key: string, merchantId: string): Promise<Address | null> => returnAddressOf(merchantId),

    /** Whether the order has completed now; false while a case is open. ORD-1 */
    completeOrder: (_key: string, orderId: string): Promise<boolean> => allocations.complete(orderId),

    /** An order as it was last written, for a workflow that continues one that had ended. ORD-9 */
    async loadOrder(orderId: string): Promise<StoredOrder | null> {
      const stored = await subjects.readOrder(orderId);
      return (
        stored && {
          state: stored.state,
          writeSeq: stored.writeSeq,
          timelineSeq: stored.timelineSeq,
          outcomes: stored.outcomes,
        }
      );
    },

    /** Checks a signal that somebody sent by hand against the same schema as the API's. */
    async checkSignal(
      _key: string,
      subject: keyof typeof signalSchemas,
      name: string,
      fields: unknown,
    ): Promise<CheckedSignal> {
      const schema = signalSchemas[subject][name];
      if (!schema) return { ok: false, detail: `there is no command ${name}` };
      const checked = schema.safeParse(fields ?? {});
      if (checked.success) return { ok: true, fields: checked.data };
      return {
        ok: false,
        detail: checked.error.issues.map(({ path, message }) => `${path.join('.') || name}: ${message}`).join('; '),
      };
    },
  };
}
export type Activities = ReturnType<typeof createActivities>;

async function signalIfRunning(client: Pick<Client, 'workflow'>, workflowId: string, signal: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error; // it has ended meanwhile: nobody waits
  }
}
