import { type RepublicationDeps, republishing } from './republication.ts';

/** The activities that set right what went wrong. */
export function createMaintenanceActivities(deps: RepublicationDeps) {
  return { ...republishing(deps) };
}
export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>;
