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
import { reconciliationStore } from './reconciliations.ts';
import { republicationStore } from './republications.ts';
import { serverClock } from './serverClock.ts';

/** What answering requests needs of the database: reads, and the few collections that no workflow writes. */
export function openStore(connection: Connection) {
  const models = defineModels(connection);
  return {
    queries: queries(models),
    commands: commandStore(models),
    leases: leaseStore(models),
    policies: policyStore(models),
    profiles: profileStore(models),
    messages: messageStore(models),
    conversations: conversationStore(models),
    ratings: ratingStore(models),
    figures: figures(models),
    performance: performance(models),
    watch: (signal: AbortSignal, watcher: Watcher) => watchChanges(connection, signal, watcher),
    changesAfter: (position: string) => readChangesAfter(connection, position),
    endpoints: endpointStore(models),
    outbox: outboxStore(models),
    erasures: erasureStore(models),
    deadlineExtensions: deadlineExtensionStore(models),
    money: { ...moneyStore(models), waiting: () => heldBacklog(connection) },
    republications: republicationStore(models),
    reconciliations: reconciliationStore(models),
    serverClock: () => serverClock(connection),
  };
}
export type Store = ReturnType<typeof openStore>;
