import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { type CourierActivities, createCourierActivities } from '../activities/courier/activities.ts';
import { type SendDeps, sender } from '../activities/courier/send.ts';
import { smtpMailer } from '../activities/mail/smtp.ts';
import { type BackOff, courierCount, mailBackOff, webhookBackOff } from '../domain/tell/delivery.ts';
import type { Database } from '../store/database.ts';
import { endpointStore } from '../store/endpoints.ts';
import { defineModels } from '../store/models.ts';
import { outboxStore } from '../store/outbox.ts';
import { profileStore } from '../store/profiles.ts';
import { courierStart } from '../workflows/starting.ts';

/** How often a courier does what, and how long it waits for whom, all in ms. */
export type CourierTiming = {
  /** How often it looks for what is new. */
  lookEveryMs: number;
  heartbeatEveryMs: number;
  /** Silent for so long, it is dead to Temporal. */
  heartbeatTimeoutMs: number;
  roundMs: number;
  /** How long the mail server may keep silent, and an endpoint take to answer. */
  mailTimeoutMs: number;
  answerMs: number;
  backOff: { mail: BackOff; webhook: BackOff };
};

export const courierTiming: CourierTiming = {
  lookEveryMs: 1_000,
  heartbeatEveryMs: 5_000,
  heartbeatTimeoutMs: 30_000,
  roundMs: 3_600_000,
  mailTimeoutMs: 10_000,
  answerMs: 10_000,
  backOff: { mail: mailBackOff, webhook: webhookBackOff },
};

/** Where mail goes, if it does, and whether webhooks may go to addresses that are not public. */
export type SendingSettings = { smtpUrl: string | undefined; mailFrom: string; privateWebhooks: boolean };

/** The couriers' activity over a real database, mail server and network; `stopping` ends it in order, before its worker. */
export function courierOver(
  database: Database,
  { smtpUrl, mailFrom, privateWebhooks }: SendingSettings,
  log: Pick<Logger, 'warn'>,
  stopping: AbortSignal,
  timing: CourierTiming = courierTiming,
): CourierActivities {
  const models = defineModels(database);
  const { backOff, answerMs, mailTimeoutMs, lookEveryMs, heartbeatEveryMs, roundMs } = timing;
  const sending: SendDeps = {
    mail: smtpUrl === undefined ? undefined : smtpMailer({ url: smtpUrl, from: mailFrom, timeoutMs: mailTimeoutMs }),
    profileOf: profileStore(models).ofInbox,
    endpoints: endpointStore(models),
    backOff,
    answerMs,
    privateWebhooks,
    clock: Date.now,
  };
  return createCourierActivities({
    outbox: outboxStore(models),
    send: sender(sending),
    lookEveryMs,
    heartbeatEveryMs,
    roundMs,
    clock: Date.now,
    onFailure: (error) => log.warn({ err: error }, 'the courier could not go on; trying again'),
    // what a server answers may name people: that is with the entry alone
    onUntaken: ({ _id, channel }, { status, error }) =>
      log.warn(
        { entry: _id, channel, ...(status === undefined ? { error } : { status }) },
        'not taken by its receiver',
      ),
    stopping,
  });
}

/** Starts the couriers' workflows where they don't run yet; every worker does, so that they are there whenever one is. */
export async function startCouriers(
  client: Pick<Client, 'workflow'>,
  taskQueue: string,
  { heartbeatTimeoutMs }: Pick<CourierTiming, 'heartbeatTimeoutMs'> = courierTiming,
): Promise<void> {
  for (let courier = 0; courier < courierCount; courier++) {
    const { type, ...options } = courierStart({ courier, heartbeatTimeoutMs }, taskQueue);
    await client.workflow.start(type, options);
  }
}
