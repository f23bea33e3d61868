import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectDatabase, type Database } from '../../src/store/database.ts';
import type { DeliveryDocument, WebhookDocument } from '../../src/store/documents.ts';
import { defineModels, prepareCollections } from '../../src/store/models.ts';
import { type OutboxStore, outboxStore } from '../../src/store/outbox.ts';
import { ownDatabase } from '../api/harness.ts';

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day);

let database: Database;
let outbox: OutboxStore;
beforeAll(async () => {
  database = await connectDatabase(ownDatabase(inject('mongodbUrl')));
  outbox = outboxStore(defineModels(database));
  await prepareCollections(database);
});
afterAll(async () => {
  await database.dropDatabase();
  await database.close();
});

const webhook = (_id: string, more: Partial<WebhookDocument>): WebhookDocument => ({
  _id,
  channel: 'webhook',
  to: 'webhook/w-1',
  event: 'case.opened',
  body: '{}',
  seq: 1,
  createdAt: ago(400),
  state: 'pending',
  courier: 0,
  lane: 'webhook/w-1',
  since: ago(400),
  tried: 0,
  tries: [],
  ...more,
});

it('TELL-1, TELL-2: what was sent goes 90 days after; an inbox, and whatever was not sent, stays however old it is', async () => {
  const entries = database.collection<{ _id: string }>('outbox');
  const sentAgain = webhook('sent-again', { state: 'sent', sentAt: ago(89) });
  await entries.insertMany([
    { _id: 'in-app', channel: 'in_app', to: 'consumer/c-1', createdAt: ago(400) } as { _id: string },
    webhook('waiting', { nextTryAt: ago(1) }),
    webhook('failed', { state: 'failed', reason: '3 days of tries' }),
    webhook('skipped', { state: 'skipped', reason: 'no mail wanted' }),
    webhook('sent-before-this-was-kept', { state: 'sent' }),
    webhook('sent-89-days-ago', { state: 'sent', sentAt: ago(89) }),
    webhook('sent-91-days-ago', { state: 'sent', sentAt: ago(91) }),
    sentAgain,
    // asked for again by an older release, which leaves the time of the first sending behind
    webhook('waiting-anew', { sentAt: ago(91), nextTryAt: ago(1) }),
  ]);
  const asked = await outbox.sendAgain(sentAgain, 'command-1', new Date());
  expect(asked).toMatchObject({ state: 'pending' });
  expect(asked.sentAt).toBeUndefined();
  const at = new Date();
  const due = (await entries.findOne({ _id: 'waiting' })) as unknown as DeliveryDocument;
  await outbox.record(due, { at, durationMs: 1, status: 204 }, { state: 'sent' });
  expect(await entries.findOne({ _id: 'waiting' })).toMatchObject({ state: 'sent', sentAt: at });

  const left = async () => (await entries.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
  await expect.poll(left, { interval: 100 }).not.toContain('sent-91-days-ago');
  // a pass over the collection has been made
  expect((await left()).sort()).toEqual(
    [
      'failed',
      'in-app',
      'sent-89-days-ago',
      'sent-again',
      'sent-before-this-was-kept',
      'skipped',
      'waiting',
      'waiting-anew',
    ].sort(),
  );
});
