import type { Client } from '@temporalio/client';
import { type Activities, createActivities } from '../activities/activities.ts';
import type { PaymentProvider } from '../domain/money/provider.ts';
import { allocationStore } from '../store/allocations.ts';
import type { Database } from '../store/database.ts';
import { defineModels } from '../store/models.ts';
import { profileStore } from '../store/profiles.ts';
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
  return createActivities({
    subjects: subjectStore(models, onTimelineAdded),
    allocations: allocationStore(models),
    returnAddressOf: (merchantId) => profiles.returnAddressOf(merchantId),
    provider,
    client,
  });
}
