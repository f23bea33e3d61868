import { describe, expect, it } from 'vitest';
import { outcomeWatch } from '../../src/api/outcomes.ts';
import type { Change } from '../../src/store/changes.ts';
import type { Store } from '../../src/store/store.ts';

describe('whoever waits for an outcome', () => {
  const failing = { outcome: () => Promise.reject(new Error('not to be read')) } as unknown as Store['queries'];

  it.each(['cases', 'orders', 'tickets'] as const)(
    'of %s is told by the change that brings it, without a read',
    async (collection) => {
      const watch = outcomeWatch({ queries: failing }, () => undefined);
      const waiter = watch.register('k-1', { kind: 'ticket', id: 't-1' });
      const answered = waiter.answered(60_000, false);
      const outcome = { commandId: 'k-1', state: 'accepted' as const, version: 2, at: 0 };
      const document = { _id: 't-1', outcomes: [outcome] };
      watch.listener.onChange({ collection, document, position: '', bytes: 0 } as unknown as Change);
      expect(await answered).toEqual({ outcome, document });
      waiter.end();
    },
  );
});
