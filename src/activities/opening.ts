import { type CaseOpened, type CaseState, type Channel, openedCase } from '../domain/case/case.ts';
import type { Application } from '../domain/case/commands.ts';
import { openCase } from '../domain/case/decide.ts';
import { listedCase } from '../domain/case/listed.ts';
import { caseNotices } from '../domain/case/notices.ts';
import { countsFrom, type Refusal } from '../domain/decision.ts';
import type { AllocationEntry } from '../domain/order/allocation.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { timelineItem } from '../domain/timeline.ts';
import type { AllocationStore, ApplicationWish } from '../store/allocations.ts';
import type { Batch } from '../store/batch.ts';
import type { SubjectStore } from '../store/subjects.ts';
import { caseSubject, type Envelope } from '../workflows/messages.ts';

/** An application, with what it brought, and by which rules it is decided; `at` is when it is answered, UTC ms. */
export type Opening = {
  wish: ApplicationWish;
  opening: { application: Application; channel: Channel; policy: Policy };
  applied: Envelope;
  rulesVersion: number;
  at: number;
};

/**
 * What came of an application: the case as it was opened and written, with what its order granted it, or a refusal. `behind`: what is
 * stored is newer, since this run's workflow has been restored from an older backup.
 */
export type Opened =
  | { opened: CaseOpened; outcome: Outcome; entry: AllocationEntry; behind?: true; refusal?: undefined }
  | { refusal: Refusal };

/**
 * Opens cases: reserves what an application asks for and, where it is granted, writes the case's first state. Both follow from what
 * the workflow was started with and from the reservation, which is made once, so there is no decision yet that could be lost with
 * the worker; what was written comes back as the event that the workflow goes on from.
 */
export function openingCases({
  allocations,
  subjects,
}: {
  allocations: Pick<AllocationStore, 'reserve'>;
  subjects: Pick<SubjectStore, 'write'>;
}) {
  return {
    /** Takes quantity and money and writes the opened case, or says which rule forbids it. CASE-1, ELIG */
    async openCase(caseId: string, { wish, opening, applied, rulesVersion, at }: Opening): Promise<Opened> {
      const reservation = await allocations.reserve(caseId, wish);
      if (reservation.refusal) return { refusal: reservation.refusal };
      const { actor, commandId } = applied;
      const given = { actor, at: countsFrom(applied, opening.policy, rulesVersion) };
      const opened = openCase(reservation, { caseId, ...opening }, given);
      const state = openedCase(opened, rulesVersion);
      const outcome: Outcome = { commandId, state: 'accepted', version: state.version, at };
      const stands = await subjects.write(firstBatch(state, opened, outcome));
      const { entry } = reservation;
      return { opened, outcome, entry, ...(stands === 'behind' ? { behind: true as const } : {}) };
    },
  };
}

/** What is written of a case that was opened, before anything else is. */
export function firstBatch(state: CaseState, opened: CaseOpened, outcome: Outcome): Omit<Batch, 'allocation'> {
  const { id } = state.facts;
  const first = 1;
  return {
    subject: caseSubject(id),
    document: {
      collection: 'cases',
      id,
      writeSeq: first,
      timelineSeq: first,
      version: state.version,
      listed: listedCase(state),
      state,
      outcomes: [outcome],
    },
    timeline: [timelineItem(opened, first, state.stage.status)],
    outcomes: [outcome],
    notices: caseNotices(state, opened).map((notice) => ({ seq: first, at: opened.at, notice })),
    ledger: [],
  };
}
