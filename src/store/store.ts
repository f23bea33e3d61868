import type { Connection } from 'mongoose';
import { readChangesAfter, type Watcher, watchChanges } from './changes.ts';
import { commandStore } from './commands.ts';
import { conversationStore } from './conversations.ts';
import { deadlineExtensionStore } from './deadlineExtensions.ts';
import { endpointStore } from './endpoints.ts';
import { erasureStore } from './erasure.ts';
import { figures } from './figures.ts';
import { heldBacklog } from './gauges.ts';
import { leaseStore } from './leases.ts';
import { messageStore } from './messages.ts';
import { defineModels } from './models.ts';
import { moneyStore } from './money.ts';
import { outboxStore } from './outbox.ts';
import { performance } from './performance.ts';
import { policyStore } from './policies.ts';
import { profileStore } from './profiles.ts';
import { queries } from './queries.ts';
import { ratingStore } from './ratings.ts';
import { eachInTime } from './reading.ts';
import { reconciliationStore } from './reconciliations.ts';
import { republicationStore } from './republications.ts';
import { serverClock } from './serverClock.ts';

/**
 * What answering requests needs of the database: reads, and the few collections that no workflow writes. Each call is answered within
 * 2.5 s; counts over much may take 10 s, and an erasure, which goes on where it was, as long as it takes.
 */
export function openStore(connection: Connection) {
  const models = defineModels(connection);
  const extensions = deadlineExtensionStore(models);
  return {
    queries: queries(models),
    commands: eachInTime(commandStore(models)),
    leases: eachInTime(leaseStore(models)),
    policies: eachInTime(policyStore(models)),
    profiles: eachInTime(profileStore(models)),
    messages: eachInTime(messageStore(models)),
    conversations: eachInTime(conversationStore(models)),
    ratings: eachInTime(ratingStore(models)),
    figures: figures(models),
    performance: performance(models),
    watch: (signal: AbortSignal, watcher: Watcher) => watchChanges(connection, signal, watcher),
    changesAfter: (position: string) => readChangesAfter(connection, position),
    endpoints: eachInTime(endpointStore(models)),
    outbox: eachInTime(outboxStore(models)),
    erasures: erasureStore(models),
    deadlineExtensions: {
      ...eachInTime(extensions),
      withoutDeadline: (merchantId?: string) => extensions.withoutDeadline(merchantId),
      progress: (id: string) => extensions.progress(id),
    },
    money: eachInTime({ ...moneyStore(models), waiting: () => heldBacklog(connection) }),
    republications: eachInTime(republicationStore(models)),
    reconciliations: eachInTime(reconciliationStore(models)),
    serverClock: () => serverClock(connection),
  };
}
export type Store = ReturnType<typeof openStore>;
