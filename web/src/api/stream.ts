import type { Query, QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { tokenExpired } from '../session/session.ts';
import { takeOn } from './changedCase.ts';
import { ask } from './client.ts';
import { gathering } from './gathering.ts';
import { keys } from './keys.ts';
import type { Case } from './types.ts';

type Connection = 'open' | 'lost';

const listeners = new Set<() => void>();
let connection: Connection = 'open';

function become(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

/** Whether what is shown is live. */
export const useConnection = (): Connection =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );

const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** The server gives a sign of life every few seconds; this long without any, and the connection is dead without knowing. */
const silenceMs = 45_000;

/** What the stream tells of, by how its names begin. */
const toldOf = [
  keys.orders,
  keys.order(''),
  keys.cases,
  keys.case(''),
  keys.ofCase(''),
  keys.conversation('cases', ''),
  keys.messages,
  keys.queues,
  keys.tickets,
  keys.ticket(''),
].map(([first]) => first as unknown);
const isToldOf = ({ queryKey }: Query): boolean => toldOf.includes(queryKey[0]);

/**
 * Follows `/v1/stream` with the token in its header, which the browser's own reader can't send, and goes on after an interruption
 * where it was. What it is told goes into the cache of what is shown.
 * @returns how to stop.
 */
export function follow(client: QueryClient, token: string): () => void {
  const stopping = new AbortController();
  const gathered = gathering(client);
  let lastEventId = '';
  let pauseMs = firstPauseMs;

  const handle = (event: string, data: string): boolean => {
    switch (event) {
      case 'ready':
        become('open');
        pauseMs = firstPauseMs;
        // Whoever goes on where they were is told what they have missed; else what was read up to here may be older.
        if (lastEventId === '')
          for (const { queryKey } of client.getQueryCache().findAll({ predicate: isToldOf })) gathered.add(queryKey);
        return true;
      case 'case':
        takeOn(client, JSON.parse(data) as Case, gathered.add);
        return true;
      case 'order': {
        const { id } = JSON.parse(data) as { id: string };
        gathered.add(keys.order(id));
        gathered.add(keys.orders);
        return true;
      }
      case 'ticket': {
        const { id } = JSON.parse(data) as { id: string };
        gathered.add(keys.ticket(id));
        gathered.add(keys.tickets);
        gathered.add(keys.queues);
        return true;
      }
      case 'message': {
        const { caseId, orderId } = JSON.parse(data) as { caseId?: string; orderId?: string };
        gathered.add(keys.messages);
        if (caseId) gathered.add(keys.conversation('cases', caseId));
        if (orderId) gathered.add(keys.conversation('orders', orderId));
        return true;
      }
      case 'reset':
        void client.invalidateQueries();
        return true;
      case 'expired':
        tokenExpired(token);
        return false;
      default:
        return true;
    }
  };

  async function once(): Promise<boolean> {
    const headers: Record<string, string> = lastEventId ? { 'last-event-id': lastEventId } : {};
    const silent = new AbortController();
    const signal = AbortSignal.any([stopping.signal, silent.signal]);
    // The machine knows before the connection does.
    window.addEventListener('offline', () => silent.abort(), { signal });
    const response = await ask('GET', '/v1/stream', { headers, signal, unbounded: true });
    if (response.status === 401) return false;
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const timer = setTimeout(() => silent.abort(), silenceMs);
      const { value, done } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return true;
      const frames = (rest + value).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const field = (name: string) =>
          frame
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const id = field('id');
        const event = field('event');
        if (event !== undefined && !handle(event, field('data') ?? '{}')) return false;
        if (id !== undefined) lastEventId = id;
      }
    }
  }

  async function run(): Promise<void> {
    let again = true;
    while (again && !stopping.signal.aborted) {
      again = await once().catch(() => true);
      if (!again || stopping.signal.aborted) return;
      become('lost');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        window.addEventListener('online', () => (clearTimeout(timer), resolve()), { once: true });
      });
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
  void run();
  return () => {
    stopping.abort();
    gathered.stop();
    become('open');
  };
}
