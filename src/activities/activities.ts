import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { Address } from '../domain/address.ts';
import { caseCommandSchemas } from '../domain/case/commands.ts';
import { outageExtension, outageExtensionSchema } from '../domain/deadlineExtension.ts';
import type { Effect } from '../domain/effects.ts';
import type { Held, HoldCause, Movement } from '../domain/money/gate.ts';
import type { Found, PaymentProvider, ProviderAnswer } from '../domain/money/provider.ts';
import { orderCommandSchemas } from '../domain/order/commands.ts';
import type { OrderState } from '../domain/order/order.ts';
import type { Outcome } from '../domain/outcome.ts';
import { ticketCommandSchemas } from '../domain/ticket/commands.ts';
import type { AllocationStore, ApplicationWish, Reservation } from '../store/allocations.ts';
import type { Batch } from '../store/batch.ts';
import type { MoneyStore } from '../store/money.ts';
import type { Subject } from '../store/queries.ts';
import { isStoreUnavailable } from '../store/reading.ts';
import type { StoredSubject, SubjectStore } from '../store/subjects.ts';
import { type ActingDeps, actingForConsumers } from './actingForConsumers.ts';
import { changeAllocations } from './allocationChanges.ts';
import { type ExtendingDeps, extendingDeadlines } from './deadlineExtensions.ts';
import { openingCases } from './opening.ts';

/** What activities need of the world. */
export type ActivityDeps = {
  subjects: Omit<SubjectStore, 'repeat' | 'rewrite'>;
  allocations: Omit<AllocationStore, 'readmit'>;
  /** A merchant's own return address, null where its profile has none. */
  returnAddressOf: (merchantId: string) => Promise<Address | null>;
  provider: PaymentProvider;
  /** What decides on outgoing money. */
  money: Pick<MoneyStore, 'letGo' | 'cameBack' | 'whyHeld'>;
  /** UTC ms */
  clock: () => number;
  /** Signals and starts workflows of other subjects. */
  client: Pick<Client, 'workflow'>;
} & ActingDeps &
  ExtendingDeps;

/** What a signal sent by hand may carry, checked as a route's body is. */
export type CheckedSignal = { ok: true; fields: Record<string, unknown> } | { ok: false; detail: string };

/** What a resumed order starts from. */
export type StoredOrder = { state: OrderState; writeSeq: number; timelineSeq: number; outcomes: Outcome[] };

/** What each kind of subject may be sent by hand: the same schemas as the API's. */
const signalSchemas: Record<'case' | 'order' | 'ticket', Record<string, z.ZodType<Record<string, unknown>>>> = {
  case: { ...caseCommandSchemas, [outageExtension]: outageExtensionSchema },
  order: { ...orderCommandSchemas, [outageExtension]: outageExtensionSchema },
  ticket: { ...ticketCommandSchemas, [outageExtension]: outageExtensionSchema },
};

type Pay = Extract<Effect, { type: 'pay' }>;

/** What was let go longer ago than this is not asked for any more: whoever was told what is under way has waited for that, ms. */
const letGoFor = 10_000;

/** The activities; each takes its idempotency key first, and may be repeated whenever its end is not known. */
export function createActivities(deps: ActivityDeps) {
  const { subjects, allocations, returnAddressOf, provider, money, clock, client } = deps;

  /**
   * Asks the provider for money, unless the platform holds it back. That is asked after the provider has said that it has nothing
   * under the key, and right before it is asked to pay: what has happened is found out however much is stopped.
   */
  async function pay(key: string, { operation, orderId, party, amount }: Pay): Promise<ProviderAnswer> {
    const movement: Movement = { key, provider: provider.name, amount };
    let wasLetGo = false;
    const letGo = async (): Promise<Held | undefined> => {
      const asked = clock();
      try {
        const held = await money.letGo(movement, asked);
        if (held) return held;
      } catch (error) {
        if (!isStoreUnavailable(error)) throw error;
        return { outcome: 'held', cause: 'switch_unreachable' };
      }
      wasLetGo = true;
      if (clock() - asked <= letGoFor) return undefined;
      throw ApplicationFailure.retryable(`${key} was let go too long ago: it is asked anew`, 'LetGoTooLate');
    };
    const answer =
      operation === 'refund'
        ? await provider.refund(key, orderId, amount, letGo)
        : await provider.payout(key, orderId, party, amount, letGo);
    if (answer.outcome !== 'held') await money.cameBack(key, answer.outcome, wasLetGo, clock());
    return answer;
  }

  async function whyHeld(movement: Movement): Promise<HoldCause | undefined> {
    try {
      return await money.whyHeld(movement, clock());
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
      return 'switch_unreachable';
    }
  }

  return {
    ...actingForConsumers(deps, client),
    ...openingCases(deps),
    ...extendingDeadlines(deps),

    /** For cases opened before 0.2.0: takes the quantity and money of an application, or says which rule forbids it. ELIG */
    reserve: (caseId: string, wish: ApplicationWish): Promise<Reservation> => allocations.reserve(caseId, wish),

    /**
     * Writes a batch, and wakes an order that waited for this case to end. The key is `<subject>/<writeSeq>`. Answers `behind` where
     * what is stored is newer.
     */
    async persist(_key: string, { allocation, ...batch }: Batch): Promise<'behind' | undefined> {
      // a workflow that was restored from an older backup must not free what its newer document still holds
      const settles = allocation.some(({ change }) => change === 'settle');
      if (settles && batch.document && (await subjects.isOvertaken(batch.document))) return 'behind';
      return changeAllocations(deps, allocation, () => subjects.write(batch));
    },

    /** One try at moving money; a timeout is `unknown`. REF-4 */
    pay,

    /** Tries until the provider has said yes or no: what is unknown or pending fails this try, and Temporal makes the next. REF-4 */
    async payUntilAnswered(key: string, payment: Pay): Promise<ProviderAnswer> {
      const answer = await pay(key, payment);
      if (answer.outcome !== 'unknown' && answer.outcome !== 'pending') return answer;
      throw ApplicationFailure.retryable(`the provider's answer to ${key} is ${answer.outcome}`, 'PaymentNotAnswered');
    },

    /** A payment that is held back: asked for once it isn't any more. It comes back, too, where it is held for another cause. */
    async payWhenLetGo(key: string, payment: Pay, cause: HoldCause): Promise<ProviderAnswer> {
      const stillHeld = () => ApplicationFailure.retryable(`${key} is held back: ${cause}`, 'PaymentHeld');
      const { amount } = payment;
      const now = await whyHeld({ key, provider: provider.name, amount });
      if (now) {
        if (now === cause) throw stillHeld();
        return { outcome: 'held', cause: now };
      }
      const answer = await pay(key, payment);
      if (answer.outcome === 'held' && answer.cause === cause) throw stillHeld();
      return answer;
    },

    /** What the provider knows of a payment. What it doesn't have, now that nobody asks for it any more, counts for no day. CASE-14 */
    async findPayment(key: string): Promise<Found> {
      const found = await provider.find(key);
      await money.cameBack(key, found.outcome, false, clock()).catch(rethrowUnlessAway);
      return found;
    },

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

    /** A subject as it was last written, for a workflow that goes on from that, or compares itself with it. */
    loadSubject: (_key: string, subject: Subject): Promise<StoredSubject | null> => subjects.readSubject(subject),

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
/** With the database away, what was not paid stays in its day's sum: the day then has less room than it could have, never more. */
function rethrowUnlessAway(error: unknown): void {
  if (!isStoreUnavailable(error)) throw error;
}

export type Activities = ReturnType<typeof createActivities>;
