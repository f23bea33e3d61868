import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { keys } from '../api/keys.ts';

/** Taking a subject on, so that no other agent acts on it meanwhile, and letting it go. */
export function useClaims() {
  const client = useQueryClient();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState<string>();
  async function act(queue: string, id: string, what: 'claim' | 'release'): Promise<boolean> {
    setBusy(id);
    setFault(undefined);
    try {
      await send(`/v1/queues/${queue}/${id}/${what}`, {}, { key: crypto.randomUUID() });
      return true;
    } catch (error) {
      setFault(error);
      return false;
    } finally {
      setBusy(undefined);
      void client.invalidateQueries({ queryKey: keys.queues });
      void client.invalidateQueries({ queryKey: keys.ofCase(id) });
      void client.invalidateQueries({ queryKey: keys.ticket(id) });
    }
  }
  return { act, busy, fault };
}
