import type { Watcher } from '../store/changes.ts';
import type { Store } from '../store/store.ts';

/** What listens to the feed, from when it is told of the next opening. */
export type Listener = Omit<Watcher, 'onFailure'>;

/** The one watch of what is written in this process: whoever waits for a change listens here. */
export function changeFeed(store: Pick<Store, 'watch'>, listeners: Listener[], onFailure: (error: unknown) => void) {
  const stopping = new AbortController();
  const watching = store.watch(stopping.signal, {
    onChange: (change) => {
      for (const { onChange } of listeners) onChange(change);
    },
    onOpen: (position, continued) => {
      for (const { onOpen } of listeners) onOpen(position, continued);
    },
    onIdle: (position) => {
      for (const { onIdle } of listeners) onIdle(position);
    },
    onFailure,
  });
  return {
    async stop(): Promise<void> {
      stopping.abort();
      await watching;
    },
  };
}
