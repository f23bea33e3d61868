import type { Client } from '@temporalio/client';
import { type Activities, createActivities } from '../activities/activities.ts';
import type { PaymentProvider } from '../domain/money/provider.ts';
import { allocationStore } from '../store/allocations.ts';
import type { Database } from '../store/database.ts';
import { deadlineExtensionStore } from '../store/deadlineExtensions.ts';
import { evidenceSharing } from '../store/evidenceSharing.ts';
import { defineModels } from '../store/models.ts';
import { moneyStore } from '../store/money.ts';
import { policyStore } from '../store/policies.ts';
import { profileStore } from '../store/profiles.ts';
import { queries } from '../store/queries.ts';
import { type OnTimelineAdded, subjectStore } from '../store/subjects.ts';

/** The activities over a real database, provider and Temporal client. */
export function activitiesOver(
  database: Database,
  provider: PaymentProvider,
  client: Pick<Client, 'workflow'>,
  onTimelineAdded?: OnTimelineAdded,
): Activities {
  const models = defineModels(database);
  const profiles = profileStore(models);
  const reading = queries(models);
  return createActivities({
    subjects: subjectStore(models, onTimelineAdded),
    allocations: allocationStore(models),
    returnAddressOf: (merchantId) => profiles.returnAddressOf(merchantId),
    provider,
    money: moneyStore(models),
    extensions: deadlineExtensionStore(models),
    clock: Date.now,
    client,
    currentPolicy: () => policyStore(models).current(),
    caseOf: async (caseId) => (await reading.read('case', caseId))?.state ?? null,
    outcomeOf: async (subject, commandId) => (await reading.outcome(subject, commandId)).outcome,
    shareEvidence: evidenceSharing(database),
  });
}
