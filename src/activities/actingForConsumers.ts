import type { Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { v5 as uuidV5 } from 'uuid';
import type { CaseState } from '../domain/case/case.ts';
import type { Refusal } from '../domain/decision.ts';
import type { ActedForConsumer, Effect } from '../domain/effects.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { evidenceOf } from '../domain/ticket/decide.ts';
import type { Subject } from '../store/queries.ts';
import { caseSubject, type Envelope, orderSubject, type ShellSettings, ticketSubject } from '../workflows/messages.ts';
import { caseStart } from '../workflows/starting.ts';

/** What acting for a ticket's consumer needs of the world. */
export type ActingDeps = {
  /** The policy that was in force at a moment (UTC ms), or the one in force; undefined where none has been published. POL-2 */
  policyAt: (at: number) => Promise<Policy | undefined>;
  /** A case as it was last written; null where there is none. */
  caseOf: (caseId: string) => Promise<CaseState | null>;
  /** What came of a command, once that is written. */
  outcomeOf: (subject: Subject, commandId: string) => Promise<Outcome | undefined>;
  /** Lets those who see `to` see files attached to `from`, too. */
  shareEvidence: (ids: readonly string[], from: string, to: string) => Promise<void>;
};

type Acting = Extract<Effect, { type: 'actForConsumer' }>;
/** Where a case is started, and with what settings of the shell: as the ticket's own workflow. */
type Place = { taskQueue: string; settings: ShellSettings };

/** One thing to bring about: on which subject, why not where that has ended, and what it leads to. */
type Deed = {
  on: Subject;
  handOver: () => Promise<unknown>;
  ended: Refusal;
  led: { caseId?: string; orderId?: string };
};

/** Makes the ids of cases out of the keys of effects. */
const caseIds = '5b6f6c0e-1f0a-4a39-8a53-9f0e0a7c2d41';

/** What agents bring about elsewhere for a ticket's consumer. INT-8 */
export function actingForConsumers(deps: ActingDeps, client: Pick<Client, 'workflow'>) {
  /** The command as the other subject takes it; the effect's key makes it the same command however often it is tried. */
  function sealed(key: string, { resolving }: Acting, actor: Envelope['actor'] = resolving.agent): Envelope {
    const { at, receivedAt = at } = resolving;
    return { commandId: key, receivedAt, ...(receivedAt < at ? { handedOverAt: at } : {}), actor };
  }

  const signal = (subject: string, name: string, fields: unknown, envelope: Envelope) =>
    client.workflow.getHandle(subject).signal(name, fields, envelope);

  /** How the ticket's resolution is carried out, or why it never can be. */
  async function deedOf(key: string, acting: Acting, { taskQueue, settings }: Place): Promise<Deed | Refusal> {
    const { ticket, resolving } = acting;
    const { act, agent, note } = resolving;
    const { orderId, consumerId, merchantId, channel } = ticket;
    switch (act.outcome) {
      case 'open_case': {
        const caseId = uuidV5(key, caseIds);
        const application = { orderId, ...act.case };
        return {
          on: { kind: 'case', id: caseId },
          async handOver() {
            const applied = sealed(key, acting);
            const policy = await deps.policyAt(applied.receivedAt);
            if (!policy) throw new TypeError('no policy has been published');
            const input = { caseId, consumerId, application, channel, policy, applied, settings };
            const { type, ...options } = caseStart(input, { merchantId });
            await client.workflow.start(type, { ...options, taskQueue });
          },
          ended: { code: 'case_ended', detail: 'the case has ended' },
          led: { caseId, orderId },
        };
      }
      case 'request_intervention': {
        const { caseId, ...request } = act.intervention;
        const found = await deps.caseOf(caseId);
        if (found?.facts.orderId !== orderId || found.facts.consumerId !== consumerId)
          return {
            code: 'case_not_of_ticket',
            detail: 'the ticket’s order has no such case: name one of its cases',
            field: 'caseId',
          };
        // it is the consumer who asks by the rules (INT-1); the agent enters it in the consumer's stead
        const envelope = sealed(key, acting, { role: 'consumer', id: consumerId });
        const fields = { ...request, enteredBy: agent };
        return {
          on: { kind: 'case', id: caseId },
          handOver: () => signal(caseSubject(caseId), 'interventionRequest', fields, envelope),
          ended: { code: 'case_ended', detail: `the case has ended: it is ${found.stage.status}`, field: 'caseId' },
          led: { caseId, orderId },
        };
      }
      case 'cancel_order': {
        const fields = { reason: act.cancellation.reason, note };
        return {
          on: { kind: 'order', id: orderId },
          handOver: () => signal(orderSubject(orderId), 'cancellation', fields, sealed(key, acting)),
          ended: { code: 'order_ended', detail: 'the order has ended' },
          led: { orderId },
        };
      }
      default:
        return act satisfies never;
    }
  }

  return {
    /**
     * Brings about what an agent has resolved a ticket by, once, and answers what became of it there. Fails until that is known, for
     * Temporal to try again; the other subject takes the command once, however often it comes. INT-8, ORD-4, ORD-8
     */
    async actForConsumer(key: string, acting: Acting, place: Place): Promise<ActedForConsumer> {
      const deed = await deedOf(key, acting, place);
      if ('code' in deed) return { state: 'refused', refusal: deed };
      const { on, ended, led } = deed;
      const lookUp = () => deps.outcomeOf(on, key);
      const subject = `${on.kind}/${on.id}`;
      let outcome = await lookUp();
      if (!outcome) {
        const handedOver = await isHandedOver(deed.handOver);
        outcome = await lookUp();
        if (!outcome && !handedOver) return { state: 'refused', refusal: ended };
      }
      if (!outcome) throw notDecided(subject);
      if (outcome.state === 'refused') return { state: 'refused', refusal: refusalOf(outcome) };
      // only now: what was refused has nothing to be seen with
      const { ids } = evidenceOf(acting.resolving.act);
      if (ids.length > 0) await deps.shareEvidence(ids, ticketSubject(acting.ticket.id), subject);
      return { state: 'accepted', ...led };
    },
  };
}

/** Whether a workflow has the command now; false where there is none any more to take it. */
async function isHandedOver(handOver: () => Promise<unknown>): Promise<boolean> {
  try {
    await handOver();
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'WorkflowExecutionAlreadyStartedError') return true; // by an earlier try
    if (name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

/** Nothing is wrong: the other subject has just not answered yet. */
const notDecided = (subject: string) =>
  ApplicationFailure.create({
    message: `${subject} has not decided yet`,
    type: 'NotDecided',
    category: ApplicationFailureCategory.BENIGN,
  });

function refusalOf({ code, detail, field }: Outcome): Refusal {
  if (!code) throw new TypeError('a refusal without a code');
  return { code, detail: detail ?? code, ...(field ? { field } : {}) };
}
