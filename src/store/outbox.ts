import type { mongo } from 'mongoose';
import { isDuplicateKey } from './allocations.ts';
import {
  type DeliveryDocument,
  type DeliveryState,
  endpointDestination,
  type Try,
  type WebhookDocument,
} from './documents.ts';
import type { Models } from './models.ts';
import type { ListPosition } from './queries.ts';
import { collectionOf } from './reading.ts';

const keptTries = 20;
const keptResends = 20;

/** How a try ended: delivered, not to be delivered, given up, or to be tried again at a moment. */
export type Ending =
  | { state: 'sent' }
  | { state: 'skipped' | 'failed'; reason: string }
  | { state: 'pending'; nextTryAt: Date };

/** What is to be sent, for the couriers who send it and the administrators who look after it. TELL-2 */
export function outboxStore({ outbox }: Pick<Models, 'outbox'>) {
  const collection = () => collectionOf<DeliveryDocument>(outbox as never);
  const webhooks = () => collectionOf<WebhookDocument>(outbox as never);
  const due = (courier: number, now: Date) => ({ courier, state: 'pending' as const, nextTryAt: { $lte: now } });
  const ofEndpoint = (endpointId: string) => ({ to: endpointDestination(endpointId), channel: 'webhook' as const });

  return {
    /** The lanes of a courier in which something is due. */
    async lanesDue(courier: number, now: Date): Promise<string[]> {
      return await collection().distinct('lane', due(courier, now));
    },

    /** Up to `limit` entries of a lane that are due, longest due first. */
    async due(courier: number, lane: string, now: Date, limit: number): Promise<DeliveryDocument[]> {
      return await collection()
        .find({ ...due(courier, now), lane })
        .sort({ nextTryAt: 1, seq: 1 })
        .limit(limit)
        .toArray();
    },

    /** Records how a try ended, unless somebody has asked meanwhile for the entry to be sent again: then it stays pending. */
    async record({ _id, since }: DeliveryDocument, tried: Try | undefined, ending: Ending): Promise<void> {
      const again = ending.state === 'pending';
      const sent = ending.state === 'sent' && tried ? { sentAt: tried.at } : {};
      const update = {
        $set: { ...ending, ...sent },
        ...(tried ? { $push: { tries: { $each: [tried], $slice: -keptTries } } } : {}),
        ...(again ? { $inc: { tried: 1 } } : { $unset: { nextTryAt: true } }),
      };
      await collection().updateOne(
        { _id, since, state: 'pending' },
        update as unknown as mongo.UpdateFilter<DeliveryDocument>,
      );
    },

    /** One of an endpoint's deliveries, null where it has none such. */
    async find(endpointId: string, id: string): Promise<WebhookDocument | null> {
      return await webhooks().findOne({ ...ofEndpoint(endpointId), _id: id });
    },

    /** Adds a webhook, once; answers it as it is now. */
    async add(webhook: WebhookDocument): Promise<WebhookDocument> {
      try {
        await webhooks().insertOne(webhook);
        return webhook;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await webhooks().findOne({ _id: webhook._id })) ?? webhook;
      }
    },

    /** Up to `limit` of what goes to an endpoint after a position, newest first. */
    async deliveries(
      endpointId: string,
      limit: number,
      { state, after }: { state?: DeliveryState | undefined; after?: ListPosition | undefined },
    ): Promise<WebhookDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position =
        after && at ? { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: after.id } }] } : {};
      return await webhooks()
        .find({ ...ofEndpoint(endpointId), ...(state ? { state } : {}), ...position })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    /** Has an entry sent again from now on, once a command; answers it as it is now. */
    async sendAgain(delivery: WebhookDocument, commandId: string, at: Date): Promise<WebhookDocument> {
      const { _id } = delivery;
      await webhooks().updateOne({ _id, resentBy: { $ne: commandId } }, {
        $set: { state: 'pending', nextTryAt: at, since: at, tried: 0 },
        $unset: { reason: true, sentAt: true },
        $push: { resentBy: { $each: [commandId], $slice: -keptResends } },
      } as unknown as mongo.UpdateFilter<WebhookDocument>);
      return (await webhooks().findOne({ _id })) ?? delivery;
    },
  };
}
export type OutboxStore = ReturnType<typeof outboxStore>;
