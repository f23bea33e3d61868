import { type ReconciliationDeps, reconciling } from './reconciliation.ts';
import { type RepublicationDeps, republishing } from './republication.ts';

/** The activities that find and set right what went wrong. */
export function createMaintenanceActivities(deps: RepublicationDeps & ReconciliationDeps) {
  return { ...republishing(deps), ...reconciling(deps) };
}
export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>;
