import type { Client } from '@temporalio/client';
import type { Connection } from 'mongoose';
import { createActivities, type Activities } from '../activities/activities.ts';
import type { PaymentProvider } from '../domain/money/provider.ts';
import { allocationStore } from '../store/allocations.ts';
import { profileStore } from '../store/profiles.ts';
import { defineModels } from '../store/models.ts';
import { subjectStore } from '../store/subjects.ts';

/** The activities over a real database, provider and Temporal client. */
export function activitiesOver(database: Connection, provider: PaymentProvider, client: Pick<Client, 'workflow'>): Activities {
  const models = defineModels(database);
  const profiles = profileStore(models);
  return createActivities({
    subjects: subjectStore(models),
    allocations: allocationStore(models),
    returnAddressOf: async (merchantId) => (await profiles.read('merchant', merchantId))?.returnAddress ?? null,
    provider,
    client,
  });
}
