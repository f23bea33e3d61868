import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Sender } from './commands.ts';
import { address, applicationFor, type Delivered, refundAmount } from './orders.ts';

/** A case that has come to its refund, with how long each of its commands took over HTTP, in ms. */
export type FinishedCase = { caseId: string; commandMs: number[] };

/** The last step needs no command: its consumer looks again and again, like a page that is open. */
const lookEveryMs = 50;
const refundedWithinMs = 60_000;

/**
 * One whole online case through the API, as the consumer and the merchant go through it.
 * @throws Error where a command is refused, or the refund does not come or is another than it must be.
 */
export async function playCase({ send, read }: Sender, { orderId, parties }: Delivered): Promise<FinishedCase> {
  const { consumer, merchant } = parties;
  const commandMs: number[] = [];
  const step = async (path: string, token: string, body: object): Promise<Answer> => {
    const answered = await send(path, token, body);
    commandMs.push(answered.ms);
    return answered.body;
  };
  const { id: caseId } = await step('/v1/cases', consumer.token, applicationFor(orderId));
  const path = `/v1/cases/${caseId}`;
  await step(`${path}/merchant-decision`, merchant.token, { decision: 'approve', returnAddress: address('退货组') });
  await step(`${path}/tracking-number`, consumer.token, { carrier: 'SF', trackingNumber: `SF-${caseId}` });
  let shown = await step(`${path}/receipt-confirmation`, merchant.token, { outcome: 'received' });
  const until = performance.now() + refundedWithinMs;
  while (shown.status !== 'refunded') {
    if (performance.now() > until) throw new Error(`case ${caseId} is ${shown.status}, and should be refunded by now`);
    await delay(lookEveryMs);
    shown = await read(path, consumer.token);
  }
  if (shown.refund?.amount !== refundAmount)
    throw new Error(`case ${caseId} brought back ${shown.refund?.amount}, not ${refundAmount}`);
  return { caseId, commandMs };
}
