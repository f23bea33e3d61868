import type { Client } from '@temporalio/client';
import { type Activities, createActivities } from '../activities/activities.ts';
import { createMaintenanceActivities, type MaintenanceActivities } from '../activities/maintenance/activities.ts';
import { histories } from '../activities/maintenance/histories.ts';
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
import { reconciliationStore } from '../store/reconciliations.ts';
import { republicationStore, standings } from '../store/republications.ts';
import { type OnTimelineAdded, subjectStore } from '../store/subjects.ts';
import { lastTryMs } from '../workflows/messages.ts';

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
  const policies = policyStore(models);
  return createActivities({
    subjects: subjectStore(models, onTimelineAdded),
    allocations: allocationStore(models),
    returnAddressOf: (merchantId) => profiles.returnAddressOf(merchantId),
    provider,
    money: moneyStore(models),
    extensions: deadlineExtensionStore(models),
    clock: Date.now,
    client,
    policyAt: async (at) => (await policies.inForceAt(new Date(at))) ?? policies.current(),
    caseOf: async (caseId) => (await reading.read('case', caseId))?.state ?? null,
    outcomeOf: async (subject, commandId) => (await reading.outcome(subject, commandId)).outcome,
    shareEvidence: evidenceSharing(database),
  });
}

/** What is younger than this is taken to be in flight, and what doesn't agree is looked at again after that, ms. */
const inFlightMs = 300_000;
const againAfterMs = 10_000;

/** What sets right what went wrong, over a real database and Temporal client; its waits shorter in tests, and ended by `stopping`. */
export function maintenanceOver(
  database: Database,
  provider: PaymentProvider,
  client: Client,
  settings: { taskQueue: string; deadlineGraceMs: number; lastTryMs?: number; againAfterMs?: number },
  stopping: AbortSignal,
): MaintenanceActivities {
  const models = defineModels(database);
  const { taskQueue, deadlineGraceMs: graceMs } = settings;
  return createMaintenanceActivities({
    subjects: subjectStore(models),
    allocations: allocationStore(models),
    republications: republicationStore(models),
    standings: standings(models),
    histories: histories(client, taskQueue),
    client,
    taskQueue,
    settings: { graceMs },
    lastTryMs: settings.lastTryMs ?? lastTryMs,
    reconciliations: reconciliationStore(models),
    provider,
    graceMs: inFlightMs,
    againAfterMs: settings.againAfterMs ?? againAfterMs,
    clock: Date.now,
    stopping,
  });
}
