import type { ShownDeadline } from './deadline.ts';

/** Somebody who must know: a party, or whoever of the agents looks next. */
export type Recipient = { role: 'consumer' | 'merchant'; id: string } | { role: 'agent'; id: '*' };

/**
 * What is to be told to one recipient about one change: the event, where the subject stands now, what is due, by when, and what
 * happens otherwise. The words are found when it is read or sent, in the recipient's language. TELL-1
 */
export type Notice = {
  to: Recipient;
  event: string;
  automatic: boolean;
  orderId: string;
  caseId?: string;
  ticketId?: string;
  status: string;
  deadline?: ShownDeadline;
  /** What somebody wrote to this recipient: an agent's question (INT-4), what is said in a ticket (INT-8). */
  text?: string;
  /** The case has closed with the goods at the merchant, who owes them to the consumer. CASE-10 */
  goodsOwedBack?: true;
  /** Money that came for an order nobody knows (ORD-9); `amount` in minor units. */
  payment?: { transactionId: string; amount: number };
};

/** Whoever must act by a deadline, as its `waitingFor` says: they are reminded of it. TELL-1 */
export function remindedParties(waitingFor: string, ids: { consumerId: string; merchantId: string }): Recipient[] {
  const consumer: Recipient = { role: 'consumer', id: ids.consumerId };
  const merchant: Recipient = { role: 'merchant', id: ids.merchantId };
  switch (waitingFor) {
    case 'consumer':
      return [consumer];
    case 'merchant':
      return [merchant];
    case 'consumer_and_merchant':
      return [consumer, merchant];
    default:
      return [{ role: 'agent', id: '*' }];
  }
}
