import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { carriedOut } from '../../web/src/api/carriedOut.ts';
import { takeOn } from '../../web/src/api/changedCase.ts';
import { gathering } from '../../web/src/api/gathering.ts';
import { keys } from '../../web/src/api/keys.ts';
import type { Case } from '../../web/src/api/types.ts';
import { bringsMoney } from '../../web/src/cases/money.ts';
import { timeText } from '../../web/src/design/timeText.ts';
import { type Limits, refusalOf } from '../../web/src/evidence/taken.ts';

// What the console knows without a page: these files name nothing of a browser's.

it.each([
  ['return_and_refund', 'none', 'awaiting_buyer_return', true],
  ['refund_only', 'none', 'pending_merchant_review', true],
  ['exchange', 'none', 'awaiting_buyer_return', false],
  ['reship', 'none', 'awaiting_replacement', false],
  ['exchange', 'requested', 'advance_compensating', true],
  ['return_and_refund', 'none', 'closed', false],
  ['return_and_refund', 'declined', 'refund_failed', true],
  ['return_and_refund', 'settled', 'refunded', true],
] as const)('a case of %s whose refund is %s and that is %s: money comes of it: %s', (kind, state, status, comes) => {
  const money = { amount: 12_900, currency: 'CNY' };
  expect(bringsMoney({ remedy: { kind, refund: money }, refund: { ...money, state }, status })).toBe(comes);
});

it.each([
  ['image/png', 10, undefined],
  ['image/jpg', 10, undefined],
  ['', 15, undefined],
  ['text/plain;charset=utf-8', 10, undefined],
  ['application/zip', 5, 'evidence_type_not_allowed'],
  ['image/webp', 5, 'evidence_type_not_allowed'],
  ['image/png', 0, 'evidence_empty'],
  ['image/png', 11, 'evidence_too_large'],
  ['video/mp4', 20, undefined],
  ['video/mp4', 21, 'evidence_too_large'],
  ['', 21, 'evidence_too_large'],
])('a file of type “%s” and %i bytes is refused before it is sent as %s', (type, size, code) => {
  const types: Limits['types'] = ['image/png', 'image/jpeg', 'text/plain', 'video/mp4'];
  expect(refusalOf({ type, size }, { maxImageBytes: 10, maxVideoBytes: 20, types })).toBe(code);
  if (code === 'evidence_too_large') expect(refusalOf({ type, size }, undefined)).toBeUndefined();
});

it('half past midnight is 00:30 in both languages', () => {
  const midnight = new Date(2026, 2, 5, 0, 30).toISOString();
  for (const language of ['zh-CN', 'en']) {
    expect(timeText(midnight, language, 'short')).toContain('00:30');
    expect(timeText(midnight, language, 'long')).toContain('00:30:00');
  }
});

describe('a command that is being carried out', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is waited for over two minutes, through looks that fail', async () => {
    const startedAt = Date.now();
    const look = () => {
      if (Date.now() - startedAt < 60_000) return Promise.reject(new Error('away'));
      return Promise.resolve(Date.now() - startedAt > 120_000);
    };
    const outcome = carriedOut(look, () => false);
    await vi.advanceTimersByTimeAsync(125_000);
    expect(await outcome).toBe(true);
  });

  it('is not waited for without end, nor where it is not known', async () => {
    const never = vi.fn<() => Promise<boolean>>(() => Promise.resolve(false));
    const outcome = carriedOut(never, () => false);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await outcome).toBe(false);
    expect(never.mock.calls.length).toBeLessThan(100);

    const refused = carriedOut(
      () => Promise.reject(new Error('not found')),
      () => true,
    ).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await refused).toEqual(new Error('not found'));
  });
});

describe('what the stream tells of', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is read anew once a second, however much happens', async () => {
    const client = new QueryClient();
    const queryFn = vi.fn<() => Promise<string>>(() => Promise.resolve('read'));
    const shown = new QueryObserver(client, { queryKey: ['cases'], queryFn }).subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(10);
    const { add, stop } = gathering(client);
    for (let told = 0; told < 50; told += 1) add(['cases']);
    expect(queryFn).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(queryFn).toHaveBeenCalledTimes(2);
    add(['cases']);
    stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(queryFn).toHaveBeenCalledTimes(2);
    shown();
  });

  it('lets a further page come that is being read, and is read anew afterwards', async () => {
    const client = new QueryClient();
    const wanted: number[] = [];
    const signals: AbortSignal[] = [];
    const observer = new InfiniteQueryObserver(client, {
      queryKey: ['cases', {}],
      queryFn: ({ pageParam, signal }) => {
        wanted.push(pageParam);
        signals.push(signal);
        return new Promise<number>((resolve) => setTimeout(() => resolve(pageParam), 1_500));
      },
      initialPageParam: 1,
      getNextPageParam: (last: number) => last + 1,
    });
    const shown = observer.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(2_000);
    void observer.fetchNextPage();
    await vi.advanceTimersByTimeAsync(10);
    const { add } = gathering(client);
    add(['cases']);
    await vi.advanceTimersByTimeAsync(1_600);
    expect(signals.map(({ aborted }) => aborted)).not.toContain(true);
    expect(observer.getCurrentResult().data?.pages).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(wanted).toEqual([1, 2, 1, 2]);
    shown();
  });

  it('of a case is not lost to an older answer that was on its way', async () => {
    const client = new QueryClient();
    const stands = { id: 'one', orderId: 'of', version: 1 } as Case;
    const queryFn = vi.fn<() => Promise<Case>>(async () => {
      const read = { ...stands };
      await new Promise((resolve) => setTimeout(resolve, 500));
      return read;
    });
    const observer = new QueryObserver(client, { queryKey: keys.case('one'), queryFn });
    const shown = observer.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    Object.assign(stands, { version: 2 });
    const { add } = gathering(client);
    takeOn(client, { ...stands }, add);
    expect(observer.getCurrentResult().data?.version).toBe(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(observer.getCurrentResult().data?.version).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(observer.getCurrentResult().data?.version).toBe(2);
    // what is told while nothing is on its way need not be asked for
    Object.assign(stands, { version: 3 });
    takeOn(client, { ...stands }, add);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(observer.getCurrentResult().data?.version).toBe(3);
    expect(queryFn).toHaveBeenCalledTimes(2);
    shown();
  });
});
