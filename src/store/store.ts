import type { Connection } from 'mongoose';
import { watchChanges } from './changes.ts';
import { commandStore } from './commands.ts';
import { messageStore } from './messages.ts';
import { defineModels } from './models.ts';
import { policyStore } from './policies.ts';
import { profileStore } from './profiles.ts';
import { queries } from './queries.ts';
import { serverClock } from './serverClock.ts';

/** What answering requests needs of the database: reads, and the few collections that no workflow writes. */
export function openStore(connection: Connection) {
  const models = defineModels(connection);
  return {
    queries: queries(models),
    commands: commandStore(models),
    policies: policyStore(models),
    profiles: profileStore(models),
    messages: messageStore(models),
    serverClock: () => serverClock(connection),
    watch: (signal: AbortSignal, watcher: Parameters<typeof watchChanges>[2]) =>
      watchChanges(connection, signal, watcher),
  };
}
export type Store = ReturnType<typeof openStore>;
