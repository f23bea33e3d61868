import type { ServerResponse } from 'node:http';
import type { Language } from '../../domain/tell/texts.ts';
import type { Caller } from '../authentication.ts';
import { frame, type Item } from './item.ts';

/** How long a reader may take for the rest of a stream that has ended. */
const lastWordsMs = 5_000;
const longestTimer = 2 ** 31 - 1;
const unseen = ':\n';

/** One open stream. */
export type Connection = ReturnType<typeof connectionTo>;

type Options = {
  caller: Caller;
  language: Language;
  /** What the caller has seen: only what comes after it is sent. */
  after: string;
  /** More than this unread, in bytes, and the stream is cut: its reader comes again and goes on where it was. */
  mostUnread: number;
  /** UTC ms */
  clock: () => number;
};

/** Writes a caller's events to its response, each once and in order. */
export function connectionTo(response: ServerResponse, options: Options) {
  const { caller, mostUnread, clock } = options;
  const keys = new Set([`${caller.role}/${caller.id}`, `${caller.role}/*`]);
  const view = { role: caller.role, id: caller.id, language: options.language };
  let { after } = options;
  let expiry: NodeJS.Timeout | undefined;

  const isOpen = () => !response.destroyed && !response.writableEnded;

  function write(text: string): void {
    if (!isOpen()) return;
    response.write(text);
    if (response.writableLength > mostUnread) response.destroy();
  }

  /** Tells of an item that is for it, once. */
  function send(item: Item): void {
    if (item.position <= after) return;
    after = item.position;
    write(item.frameFor(view));
  }

  /** Nothing up to this position was for it. */
  function skipTo(position: string): void {
    if (position > after) after = position;
  }

  function end(lastWords = ''): void {
    if (!isOpen()) return;
    response.end(lastWords);
    setTimeout(() => response.destroy(), lastWordsMs).unref();
  }

  /** A timer's longest length may be shorter than a token's life. */
  function endAt(expiresAt: number): void {
    const left = expiresAt - clock();
    if (left <= 0) end('event: expired\ndata: {}\n\n');
    else expiry = setTimeout(() => endAt(expiresAt), Math.min(left, longestTimer)).unref();
  }

  response.once('close', () => clearTimeout(expiry));

  return {
    keys: keys as ReadonlySet<string>,
    isOpen,
    end,
    /** What it has seen: the position of the last item that it was shown or that was not for it. */
    after: () => after,
    speak: (language: Language) => {
      view.language = language;
    },

    send,
    skipTo,

    /** Passes an item that may be for it. */
    pass(item: Item): void {
      if (item.audiences.some((audience) => keys.has(audience))) send(item);
      else skipTo(item.position);
    },

    /** The stream has begun; from now until its token's end. */
    begin(): void {
      write(`retry: 1000\n${frame('ready', after, {})}`);
      if (caller.expiresAt !== undefined) endAt(caller.expiresAt);
    },

    /** What was missed can't be told any more: the caller must read its lists anew, and is told of what comes after `position`. */
    reset(position: string): void {
      after = position;
      write(frame('reset', position, {}));
    },

    /** A sign of life, with how far the caller has seen. */
    beat: (): void => write(`${unseen}id: ${after}\n\n`),

    /** Whether what was written waits to be read; then until it has been, or the connection has gone. */
    isFull: () => isOpen() && response.writableNeedDrain,
    drained: (withinMs?: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = withinMs === undefined ? undefined : setTimeout(done, withinMs);
        function done() {
          clearTimeout(timer);
          response.off('drain', done);
          response.off('close', done);
          resolve();
        }
        response.once('drain', done);
        response.once('close', done);
        if (!isOpen() || !response.writableNeedDrain) done();
      }),

    /** Ends it at once: its reader comes again and goes on where it was. */
    cut: (): void => void response.destroy(),
  };
}
