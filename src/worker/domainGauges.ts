import { Gauge, type Registry } from 'prom-client';
import { caseStatuses } from '../domain/case/case.ts';
import { orderStatuses } from '../domain/order/order.ts';
import { ticketStatuses } from '../domain/ticket/ticket.ts';
import type { Backlog, GaugeReader, Gauges } from '../store/gauges.ts';

/** A deadline fires after its grace, and what follows is written after that. */
const overdueAfterMs = 10_000;

type Options = {
  read: GaugeReader;
  /** What deadlines leave to commands on their way, ms. */
  graceMs: number;
  /** However often it is scraped, and by however many: the database is asked this often, ms. */
  readEveryMs: number;
  onFailure: (error: unknown) => void;
  clock?: () => number;
};

/**
 * Where the service stands, as gauges of this registry. Answers what brings them up to date, which never fails: with the database
 * away there are no such gauges and `aftersales_domain_metrics_up` is 0, since old figures would look like good ones.
 */
export function domainGauges(
  register: Registry,
  { read, graceMs, readEveryMs, onFailure, clock = Date.now }: Options,
): () => Promise<void> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `aftersales_${name}`, help, labelNames, registers: [register] });
  const up = gauge('domain_metrics_up', 'Whether the figures below could be read from the database', []);
  const cases = gauge('cases', 'Cases by status', ['status']);
  const orders = gauge('orders', 'Orders by status', ['status']);
  const tickets = gauge('tickets', 'Support tickets by status', ['status']);
  const differences = gauge('reconciliation_differences', 'What the last reconciliation found not to agree', []);
  const reconciledAgo = gauge(
    'reconciliation_age_seconds',
    'Since the last reconciliation came to its end, or since this worker started where none has',
    [],
  );
  const startedAt = clock();
  const bySubject = { case: cases, order: orders, ticket: tickets };
  const late = pair('deadlines_overdue', 'Deadlines that ought to have fired', ['subject']);
  const lines = pair('agents_queue', 'What waits for an agent', ['queue']);
  const payments = pair('payments_open', 'Payments held back, of unknown outcome, or refused for good', [
    'purpose',
    'state',
  ]);
  const outbox = pair('outbox_pending', 'Mails and webhooks to be delivered', ['channel']);

  /** How many, and how old the oldest is. */
  function pair<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    const count = gauge(name, help, labelNames);
    const oldest = gauge(`${name}_oldest_seconds`, `${help}: age of the oldest`, labelNames);
    return {
      reset() {
        count.reset();
        oldest.reset();
      },
      show(labels: Record<Label, string>, { count: n, oldestAt }: Backlog, now: number) {
        count.set(labels, n);
        oldest.set(labels, oldestAt === undefined ? 0 : Math.max(0, now - oldestAt) / 1_000);
      },
    };
  }

  function show(found: Gauges, now: number): void {
    if (found.statuses) {
      // each status is there from the start: one that comes and goes can't be compared with what it was
      for (const status of caseStatuses) cases.set({ status }, 0);
      for (const status of orderStatuses) orders.set({ status }, 0);
      for (const status of ticketStatuses) tickets.set({ status }, 0);
      for (const { subject, status, count } of found.statuses) bySubject[subject].set({ status }, count);
    }
    for (const { subject, ...backlog } of found.overdue) late.show({ subject }, backlog, now);
    for (const { queue, ...backlog } of found.lines) lines.show({ queue }, backlog, now);
    for (const { purpose, state, ...backlog } of found.payments) payments.show({ purpose, state }, backlog, now);
    for (const { channel, ...backlog } of found.outbox) outbox.show({ channel }, backlog, now);
    const { differences: count = 0, doneAt = startedAt } = found.reconciliation ?? {};
    differences.set(count);
    reconciledAgo.set(Math.max(0, now - doneAt) / 1_000);
  }

  async function refresh(): Promise<void> {
    const now = clock();
    const found = await read(now - graceMs - overdueAfterMs).catch((error: unknown) => {
      onFailure(error);
      return undefined;
    });
    for (const one of [cases, orders, tickets, late, lines, payments, outbox, differences, reconciledAgo]) one.reset();
    up.set(found ? 1 : 0);
    if (found) show(found, now);
  }

  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  return async () => {
    if (clock() - readAt < readEveryMs) return reading;
    readAt = clock();
    reading = refresh();
    return reading;
  };
}
