import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { showClockSkew } from '../../src/observe/clockSkew.ts';
import { connectDatabase, type Database } from '../../src/store/database.ts';
import { assertFiring, hasPromtool, type Scrape, scrapeOf } from '../api/alerting.ts';
import { authSecret, orderBody } from '../api/harness.ts';
import { type Observed, startObserved, valueOf } from '../api/observed.ts';
import { patiently } from '../api/patiently.ts';

let service: Observed;
let database: Database;
let before: Scrape;
/** What happens here, and the alerts that must fire when it goes on. */
const alerts = {
  'nothing is wrong': [],
  'MongoDB away': ['DomainMetricsAway', 'MongodbAway'],
  'Temporal away over a deadline': ['DeadlinesOverdue', 'TemporalAway'],
  'refunds unknown and refused': ['ProviderFailing', 'RefundsDeclined', 'RefundsUnknown'],
  'money held back': ['MoneyHeld'],
  'a full outbox and an old queue': ['AgentsQueueOld', 'OutboxBacklog'],
  'a workflow that fails': ['WorkflowTasksFailing'],
  'the worker away': ['CommandsUndecided', 'WorkerAway'],
} as const;
type Happening = keyof typeof alerts;

/** What was shown before something happened and while it went on, by what that was. */
const kept = new Map<string, { before: Scrape; now: Scrape }>();
beforeAll(async () => {
  service = await startObserved();
  database = await patiently(() => connectDatabase(service.databaseUrl));
  await shown(({ api }) => (valueOf(api, 'aftersales_change_stream_openings_total') ?? 0) >= 1);
});
afterAll(async () => {
  await service?.end();
  await database?.dropDatabase();
  await database?.close();
});
beforeEach(async () => {
  before = await scrapeOf(service);
});

/** Waits until what is shown is so, and answers all that is shown then. */
async function shown(seen: (scrape: Scrape) => boolean): Promise<Scrape> {
  return vi.waitUntil(
    async () => {
      const now = await scrapeOf(service);
      return seen(now) && now;
    },
    { timeout: 60_000, interval: 500 },
  );
}

const keep = (what: Happening, now: Scrape) => kept.set(what, { before, now });

async function placeOrder(): Promise<string> {
  return (await service.as('service', 's-1').post<{ id: string }>('/v1/orders', orderBody())).id;
}

/** A paid order that an agent cancels: its money is to go back. ORD-4 */
async function cancelPaidOrder(): Promise<void> {
  const id = await placeOrder();
  await service.as('service', 's-1').post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: 13_900 });
  await service.as('agent', 'a-1').post(`/v1/orders/${id}/cancellation`, { reason: 'changed_mind' });
}

describe('what the alerts look at is there when it happens, and gone when it is over', () => {
  it('nothing is wrong', async () => {
    await placeOrder();
    const now = await shown(({ worker }) => valueOf(worker, 'aftersales_domain_metrics_up') === 1);
    keep('nothing is wrong', now);
  });

  it('MongoDB away', async () => {
    service.mongodb.cut();
    const now = await shown(({ worker }) => valueOf(worker, 'aftersales_domain_metrics_up') === 0);
    expect(valueOf(now.api, 'aftersales_dependency_up', { dependency: 'mongodb' })).toBe(0);
    expect(valueOf(now.worker, 'aftersales_cases')).toBeUndefined();
    keep('MongoDB away', now);
    const openings = ({ api }: Scrape) => valueOf(api, 'aftersales_change_stream_openings_total') ?? 0;
    service.mongodb.mend();
    // the stream, too: opened only while the next thing is looked at, it would belong to that
    await shown(
      (after) =>
        valueOf(after.worker, 'aftersales_domain_metrics_up') === 1 &&
        valueOf(after.api, 'aftersales_dependency_up', { dependency: 'mongodb' }) === 1 &&
        openings(after) > openings(before),
    );
  });

  it('POL-4: Temporal away over a deadline, which is overdue until it is back', async () => {
    const admin = service.as('admin', 'ad-1');
    const { version: _, ...policy } = defaultPolicy as typeof defaultPolicy & { version?: number };
    await admin.post('/v1/policies', { ...policy, deadlines: { ...policy.deadlines, unpaidOrder: 'PT15S' } });
    const id = await placeOrder();
    service.temporal.cut();
    const now = await shown(
      ({ worker }) => valueOf(worker, 'aftersales_deadlines_overdue', { subject: 'order' }) === 1,
    );
    expect(valueOf(now.api, 'aftersales_dependency_up', { dependency: 'temporal' })).toBe(0);
    keep('Temporal away over a deadline', now);
    service.temporal.mend();
    await admin.post('/v1/policies', policy);
    await shown(
      (after) =>
        valueOf(after.worker, 'aftersales_deadlines_overdue', { subject: 'order' }) === 0 &&
        valueOf(after.api, 'aftersales_dependency_up', { dependency: 'temporal' }) === 1,
    );
    expect((await service.as('consumer', 'c-1').get<{ status: string }>(`/v1/orders/${id}`)).status).toBe('cancelled');
  });

  it('REF-4, ORD-11: a refund of unknown outcome, and one refused for good; the first is settled when the provider is back', async () => {
    await service.fault({ operation: 'refund', mode: 'decline', times: 1 });
    const open = (state: string) => (scrape: Scrape) =>
      valueOf(scrape.worker, 'aftersales_payments_open', { purpose: 'order_refund', state });
    await cancelPaidOrder();
    await shown((scrape) => open('declined')(scrape) === 1);
    await service.fault({ operation: 'find', mode: 'unavailable', times: 5 });
    await cancelPaidOrder();
    const now = await shown((scrape) => open('unknown')(scrape) === 1);
    expect(open('declined')(now)).toBe(1);
    expect(
      valueOf(now.worker, 'aftersales_provider_call_duration_seconds_count', { outcome: 'unknown' }),
    ).toBeGreaterThan(0);
    keep('refunds unknown and refused', now);
    await database.collection('orders').deleteMany({ 'state.refunds.state': 'declined' });
    await shown((scrape) => open('unknown')(scrape) === 0 && open('declined')(scrape) === 0);
  });

  it('money held back while it is stopped, and paid once it is resumed', async () => {
    const admin = service.as('admin', 'ad-1');
    await admin.post('/v1/money/stop', { reason: '演练' });
    await cancelPaidOrder();
    const held = ({ worker }: Scrape) =>
      valueOf(worker, 'aftersales_payments_open', { purpose: 'order_refund', state: 'held' });
    const now = await shown((scrape) => held(scrape) === 1);
    keep('money held back', now);
    await admin.post('/v1/money/resume', { reason: '演练结束' });
    await shown((scrape) => held(scrape) === 0);
  });

  it('a full outbox, and an agent’s queue that nobody looks at', async () => {
    const old = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const mail = { state: 'pending', channel: 'email', createdAt: old(1) };
    await database.collection('outbox').insertMany([1, 2, 3].map((n) => ({ _id: `mail-${n}` as never, ...mail })));
    await database.collection('cases').insertOne({
      _id: 'old' as never,
      status: 'intervention_requested',
      queues: ['audit'],
      queuedSince: old(40),
      outcomes: [],
    });
    const now = await shown(({ worker }) => valueOf(worker, 'aftersales_outbox_pending', { channel: 'email' }) === 3);
    const oldest = (name: string, labels: Record<string, string>) =>
      valueOf(now.worker, `aftersales_${name}_oldest_seconds`, labels);
    expect(oldest('outbox_pending', { channel: 'email' })).toBeCloseTo(3_600, -2);
    expect(oldest('agents_queue', { queue: 'audit' })).toBeCloseTo(144_000, -2);
    keep('a full outbox and an old queue', now);
    await database.collection('outbox').deleteMany(mail);
    await database.collection('cases').deleteOne({ _id: 'old' as never });
    await shown(({ worker }) => valueOf(worker, 'aftersales_outbox_pending', { channel: 'email' }) === undefined);
  });

  it('a workflow that the worker’s code can’t go on with', async () => {
    const failing = await service.failTasks();
    const failed = ({ worker }: Scrape) =>
      valueOf(worker, 'temporal_workflow_task_execution_failed_total', { workflow_type: 'of-another-build' }) ?? 0;
    const now = await shown((scrape) => failed(scrape) >= 2);
    keep('a workflow that fails', now);
    await failing.end();
  });

  it('the worker away: commands are taken and not decided', async () => {
    const { worker } = service.handles;
    await worker!.process.stop();
    const token = await signToken({ role: 'service', sub: 's-1' }, authSecret);
    const placed = await fetch(`${service.apiUrl}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(orderBody()),
    });
    expect(placed.status).toBe(202);
    const now = await shown((scrape) => scrape.worker === undefined);
    keep('the worker away', now);
    await worker!.restart();
    await shown((scrape) => valueOf(scrape.worker, 'aftersales_domain_metrics_up') === 1);
  });
});

const aheadMs = [999, 1_001, -1_001];
it.each(aheadMs)('a clock %i ms ahead of the server’s', async (ahead) => {
  const register = new Registry();
  const fixed = Date.now();
  showClockSkew(
    register,
    async () => fixed - ahead,
    () => fixed,
  );
  const { values } = (await register.getMetricsAsJSON())[0]!;
  expect(values).toMatchObject([{ value: ahead / 1_000, labels: { server: 'mongodb' } }]);
});

// Prometheus’ own rules engine says which alerts fire; without it that is not shown, and counts as skipped
describe.skipIf(!hasPromtool)('the alerts that fire when it goes on', () => {
  it.each(Object.entries(alerts))('%s: %j', (what, expected) => {
    const seen = kept.get(what);
    if (!seen) throw new Error(`it was not seen above: ${what}`);
    assertFiring(expected.toSorted(), seen.before, seen.now);
  });

  it.each(aheadMs)('a clock %i ms ahead of the server’s', (ahead) => {
    const skewed = { name: 'aftersales_clock_skew_seconds', labels: { server: 'mongodb' }, value: ahead / 1_000 };
    const shows = { api: [skewed], worker: [] };
    assertFiring(Math.abs(ahead) > 1_000 ? ['ClockSkew'] : [], shows, shows);
  });
});
