import { setTimeout as delay } from 'node:timers/promises';
import type { CaseAnswer, TimelineItem } from '../../api/cases/schema.ts';
import type { OrderAnswer } from '../../api/orders/schema.ts';
import type { TicketAnswer } from '../../api/tickets/schema.ts';
import type { PaymentMethod } from '../../domain/order/facts.ts';
import { type Connection, listAll, type Person, personOf } from './connection.ts';
import { seconds } from './policyOfSeconds.ts';

/** What a story is played with. */
export interface Stage {
  connection: Connection;
  /** Tells the audience a sentence. */
  say: (text: string) => void;
  /** Sets this run's people apart from those of other runs. */
  run: string;
  /** Until when everything must have come, UTC ms. */
  until: number;
  signal: AbortSignal;
}

/** What is sold in the demo: prices in minor units of CNY. `goods` is what a return must bring back. REF-1, REF-2 */
export const offers = {
  online: { title: 'headphones', unitPrice: 12_900, discount: 0, postage: 1_000, goods: 12_900, paid: 13_900 },
  cod: { title: 'a down coat', unitPrice: 45_900, discount: 5_000, postage: 1_200, goods: 40_900, paid: 42_100 },
} as const satisfies Record<PaymentMethod, object>;

/** A sum of minor units as people write it. */
export const yuan = (amount: number): string => `${(amount / 100).toFixed(2)} CNY`;

const clock = (time: string) => new Date(time).toISOString().slice(11, 19);
/** `applicationApproved`, `approved_automatically`: codes as words. */
const words = (code: string) =>
  code
    .replaceAll(/([A-Z])/g, ' $1')
    .replaceAll('_', ' ')
    .toLowerCase();

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What happened by itself: the deadline that passed unused, the event, its rule. */
function happened({ type, rule, at, deadline }: TimelineItem): string {
  const passed = deadline !== undefined && deadline.at <= at;
  const because = passed ? `nobody acted by ${clock(deadline.at)} (${deadline.kind}): ` : '';
  return `${because}${words(type)} (${rule})`;
}

const lookAgainAfterMs = 250;
/** Where only an agent can help on. */
const stuck = ['refund_failed', 'compensation_failed'];

/** A consumer and a merchant of one story, and what they do; each step is told as it is answered. */
export class Scene {
  readonly consumerId: string;
  readonly merchantId: string;
  readonly consumer: Person;
  readonly merchant: Person;
  readonly marketplace: Person;
  readonly agent: Person;
  /** An appeal is another agent's to decide. INT-9 */
  readonly seniorAgent: Person;
  readonly say: (text: string) => void;
  private readonly stage: Stage;
  /** The last of what happened by itself in the story's case that the audience knows of. */
  private toldUpTo = 0;

  constructor(name: string, stage: Stage) {
    const { connection, run, signal, say } = stage;
    this.stage = stage;
    this.say = say;
    this.consumerId = `c-${name}-${run}`;
    this.merchantId = `m-${name}-${run}`;
    this.consumer = personOf(connection, { role: 'consumer', sub: this.consumerId }, signal);
    this.merchant = personOf(connection, { role: 'merchant', sub: this.merchantId }, signal);
    this.marketplace = personOf(connection, { role: 'service', sub: `s-${run}` }, signal);
    this.agent = personOf(connection, { role: 'agent', sub: `a-${run}` }, signal);
    this.seniorAgent = personOf(connection, { role: 'agent', sub: `a-senior-${run}` }, signal);
  }

  /** Both want their messages in English, and no mail. TELL-5 */
  async enter(): Promise<void> {
    const profile = { language: 'en', emailOn: false };
    await Promise.all([this.consumer, this.merchant].map((person) => person.put('/v1/me/profile', profile)));
  }

  /** An order as the marketplace places it. ORD-1, ORD-2 */
  async placesOrder(paymentMethod: PaymentMethod): Promise<OrderAnswer> {
    const { title, unitPrice, discount, postage } = offers[paymentMethod];
    const order = await this.marketplace.post<OrderAnswer>('/v1/orders', {
      consumerId: this.consumerId,
      merchantId: this.merchantId,
      paymentMethod,
      currency: 'CNY',
      postage,
      lines: [
        { lineId: 'l-1', sku: `demo-${paymentMethod}`, title, quantity: 1, unitPrice, discount, noReasonReturn: true },
      ],
      shippingAddress: {
        name: '张三',
        phone: '13800000000',
        province: '上海市',
        city: '上海市',
        district: '徐汇区',
        street: '漕溪北路 1 号',
      },
    });
    const price = `${title} for ${yuan(unitPrice - discount)} and ${yuan(postage)} postage`;
    this.say(
      `The consumer orders ${price}, ${paymentMethod === 'cod' ? 'to be paid at the door' : 'to be paid online'}.`,
    );
    return order;
  }

  /** The marketplace reports money. ORD-1, ORD-9 */
  async pays(order: OrderAnswer, transactionId: string): Promise<OrderAnswer> {
    const amount = offers[order.paymentMethod].paid;
    return this.marketplace.post(`/v1/orders/${order.id}/payment`, { transactionId, amount });
  }

  /** An order that has arrived and is paid for. */
  async deliveredOrder(paymentMethod: PaymentMethod): Promise<OrderAnswer> {
    const order = await this.placesOrder(paymentMethod);
    const path = `/v1/orders/${order.id}`;
    if (paymentMethod === 'online') await this.pays(order, `t-${order.id}`);
    else await this.merchant.post(`${path}/confirmation`, {});
    await this.merchant.post(`${path}/shipment`, { carrier: 'SF', trackingNumber: `SF-${order.id.slice(0, 8)}` });
    const delivered = await this.marketplace.post<OrderAnswer>(`${path}/delivery`, {});
    this.say(`It was shipped and delivered, and ${yuan(delivered.paid.amount)} paid.`);
    return delivered;
  }

  /** CASE-1 */
  async applies(order: OrderAnswer): Promise<CaseAnswer> {
    const applied = await this.consumer.post<CaseAnswer>('/v1/cases', {
      orderId: order.id,
      kind: 'return_and_refund',
      reason: 'no_reason_7d',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: 'does not fit',
    });
    this.tell('The consumer applies to return it, without a reason, within seven days (CASE-1).', applied);
    return applied;
  }

  /** CASE-1, CASE-17 */
  async appliesToExchange(order: OrderAnswer): Promise<CaseAnswer> {
    const applied = await this.consumer.post<CaseAnswer>('/v1/cases', {
      orderId: order.id,
      kind: 'exchange',
      reason: 'quality_problem',
      subReason: 'malfunction',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: 'the left side is silent',
    });
    this.tell('The left side is silent: the consumer applies for an exchange (CASE-1).', applied);
    return applied;
  }

  /** CASE-2; back comes the case once the consumer can see where to send the goods. */
  async approves({ id }: CaseAnswer): Promise<CaseAnswer> {
    const approved = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' });
    this.tell('The merchant approves (CASE-2).', approved);
    return this.knowsWhereTo(approved);
  }

  /** CASE-4 */
  async refuses({ id }: CaseAnswer): Promise<CaseAnswer> {
    const body = { decision: 'refuse', refusalCode: 'other', note: 'the seal was broken' };
    const refused = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/merchant-decision`, body);
    this.tell('The merchant refuses: the seal was broken (CASE-4).', refused);
    return refused;
  }

  /** CASE-6 */
  async sendsBack({ id }: CaseAnswer): Promise<CaseAnswer> {
    const parcel = { carrier: 'SF', trackingNumber: `SF-${id.slice(0, 8)}` };
    const sent = await this.consumer.post<CaseAnswer>(`/v1/cases/${id}/tracking-number`, parcel);
    this.tell('The consumer sends the goods back and gives the tracking number (CASE-6).', sent);
    return sent;
  }

  /** CASE-8 */
  async confirmsReceipt({ id }: CaseAnswer): Promise<CaseAnswer> {
    const received = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/receipt-confirmation`, {
      outcome: 'received',
    });
    this.tell('The merchant has the goods back and confirms it (CASE-8).', received);
    return received;
  }

  /** INT-1 */
  async asksPlatformIn({ id }: CaseAnswer): Promise<CaseAnswer> {
    const file = await this.consumer.upload(
      'chat_log',
      'chat.txt',
      'Consumer: the seal is whole. Merchant: so it is.\n',
    );
    const request = {
      reason: 'merchant_refused',
      statement: 'I have never opened it',
      evidenceIds: [file],
    };
    const asked = await this.consumer.post<CaseAnswer>(`/v1/cases/${id}/intervention-request`, request);
    this.tell('The consumer asks the platform to step in, and shows the chat with the merchant (INT-1).', asked);
    return asked;
  }

  /** INT-2 */
  async acceptsIntervention({ id }: CaseAnswer): Promise<CaseAnswer> {
    const accepted = await this.agent.post<CaseAnswer>(`/v1/cases/${id}/intervention-audit`, { decision: 'accept' });
    this.tell('An agent looks at the request and accepts it (INT-2).', accepted);
    return accepted;
  }

  /** A statement, and nothing more after it. INT-3 */
  async submitsEvidence({ id }: CaseAnswer, who: 'consumer' | 'merchant', statement: string): Promise<CaseAnswer> {
    const submission = { statement, evidenceIds: [], complete: true };
    const submitted = await this[who].post<CaseAnswer>(`/v1/cases/${id}/evidence-submission`, submission);
    this.tell(`The ${who} says: ${statement} (INT-3).`, submitted);
    return submitted;
  }

  /** For the consumer, whose goods go back first. INT-5, INT-6 */
  async rules({ id }: CaseAnswer): Promise<CaseAnswer> {
    const ruled = await this.agent.post<CaseAnswer>(`/v1/cases/${id}/ruling`, {
      favour: 'consumer',
      remedy: 'return_and_refund',
      liability: 'merchant',
      reasons: 'in the chat the merchant said that the seal was whole',
    });
    this.tell(
      'The agent rules for the consumer: in the chat the merchant said that the seal was whole (INT-5).',
      ruled,
    );
    return ruled;
  }

  /** INT-9: beside the case, whose refund stays. */
  async appealsAsMerchant({ id }: CaseAnswer): Promise<CaseAnswer> {
    const appeal = { statement: 'what came back is not what we sent', evidenceIds: [] };
    const appealed = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/appeal`, appeal);
    const { deadline } = appealed.appeal ?? {};
    this.tell('The merchant appeals: what came back is not what it sent (INT-9).', { deadline: deadline ?? null });
    return appealed;
  }

  /** For the merchant, by another agent; back comes the case once the platform has paid. INT-9 */
  async turnsAppeal({ id }: CaseAnswer): Promise<CaseAnswer> {
    const ruling = { favour: 'merchant', liability: 'platform', reasons: 'the serial numbers differ' };
    const ruled = await this.seniorAgent.post<CaseAnswer>(`/v1/cases/${id}/appeal-ruling`, ruling);
    this.say('Another agent decides for the merchant: the consumer keeps its refund, the platform bears it (INT-9).');
    const paid = ({ appeal }: CaseAnswer) => appeal?.payout?.state === 'settled';
    const found = await this.comes<CaseAnswer>(`/v1/cases/${ruled.id}`, 'a payout', paid);
    this.say(`The platform has paid the merchant ${yuan(found.appeal?.payout?.amount ?? 0)} (INT-9).`);
    return found;
  }

  /** INT-8 */
  async opensTicket(order: OrderAnswer): Promise<TicketAnswer> {
    const asked = { orderId: order.id, category: 'return', description: 'where do I send this?', evidenceIds: [] };
    const ticket = await this.consumer.post<TicketAnswer>('/v1/support-tickets', asked);
    this.say('The consumer does not find the way and asks customer service (INT-8).');
    return ticket;
  }

  /** INT-8 */
  async takesTicketOn({ id }: TicketAnswer): Promise<void> {
    await this.agent.post(`/v1/queues/tickets/${id}/claim`, {});
    this.say('An agent finds the ticket in the queue and takes it on: no other agent acts on it meanwhile (INT-8).');
  }

  /** INT-8 */
  async asksBack({ id }: TicketAnswer): Promise<void> {
    const question = { question: 'What is wrong with it?' };
    const asked = await this.agent.post<TicketAnswer>(`/v1/support-tickets/${id}/information-request`, question);
    this.tell('The agent asks: what is wrong with it? (INT-8)', asked);
  }

  /** INT-8 */
  async replies({ id }: TicketAnswer): Promise<void> {
    await this.consumer.post(`/v1/support-tickets/${id}/reply`, { text: 'nothing: it does not fit', evidenceIds: [] });
    this.say('The consumer replies: nothing, it does not fit (INT-8).');
  }

  /** INT-8 */
  async resolvesByCase({ id }: TicketAnswer): Promise<TicketAnswer> {
    const resolved = await this.agent.post<TicketAnswer>(`/v1/support-tickets/${id}/resolution`, {
      outcome: 'open_case',
      note: 'we have opened a return for you',
      case: {
        kind: 'return_and_refund',
        reason: 'no_reason_7d',
        lines: [{ lineId: 'l-1', quantity: 1 }],
        description: 'does not fit',
      },
    });
    this.say('The agent opens a case in the consumer’s stead, and the ticket is resolved (INT-8).');
    return resolved;
  }

  /** The case that a ticket has led to. */
  caseOf({ resolution }: TicketAnswer): Promise<CaseAnswer> {
    return this.consumer.get<CaseAnswer>(`/v1/cases/${resolution?.caseId}`);
  }

  /** TELL-4 */
  async rates({ id }: TicketAnswer): Promise<void> {
    await this.consumer.post(`/v1/support-tickets/${id}/feedback`, { rating: 5, comment: 'quick' });
    this.say('The consumer rates how the ticket was handled: 5 of 5 (TELL-4).');
  }

  /** CASE-17 */
  async shipsReplacement({ id }: CaseAnswer): Promise<CaseAnswer> {
    const parcel = { carrier: 'SF', trackingNumber: `SF-new-${id.slice(0, 8)}` };
    const shipped = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/replacement-shipment`, parcel);
    this.tell('The merchant ships the replacement (CASE-17).', shipped);
    return shipped;
  }

  /** CASE-17 */
  async receivesReplacement({ id }: CaseAnswer): Promise<CaseAnswer> {
    const replaced = await this.consumer.post<CaseAnswer>(`/v1/cases/${id}/replacement-receipt`, {});
    this.tell('The replacement has arrived, and the consumer confirms it (CASE-17).', replaced);
    return replaced;
  }

  /** CASE-12 */
  async showsVoucher({ id, refund, updatedAt }: CaseAnswer): Promise<CaseAnswer> {
    const reference = `bank-${id.slice(0, 8)}`;
    const text = `Refund voucher ${reference}: ${yuan(refund.amount)} to ${this.consumerId}\n`;
    const file = await this.merchant.upload('refund_voucher', 'voucher.txt', text);
    const voucher = { reference, amount: refund.amount, paidAt: updatedAt, evidenceIds: [file] };
    const shown = await this.merchant.post<CaseAnswer>(`/v1/cases/${id}/refund-voucher`, voucher);
    this.tell(`The merchant refunds ${yuan(refund.amount)} itself and uploads the voucher (CASE-12).`, shown);
    return shown;
  }

  /** Waits until the address is there to which an approved return goes. CASE-2 */
  async knowsWhereTo({ id }: CaseAnswer): Promise<CaseAnswer> {
    const known = (found: CaseAnswer) => found.returnAddress !== undefined;
    const found = await this.comes<CaseAnswer>(`/v1/cases/${id}`, 'a return address', known);
    this.say(`The goods are to go to ${found.returnAddress?.name}, ${found.returnAddress?.city} (CASE-2).`);
    return found;
  }

  /** Waits until a case has come to a status by itself, and tells what brought it there, under which rule. SEE-2 */
  async comesTo({ id }: CaseAnswer, status: CaseAnswer['status']): Promise<CaseAnswer> {
    const found = await this.comes<CaseAnswer>(`/v1/cases/${id}`, status, (now) => now.status === status);
    const byItself = (await this.timelineOf(found)).filter(
      ({ seq, actor, type }) =>
        seq > this.toldUpTo && (actor.role === 'timer' || actor.role === 'system') && type !== 'returnAddressFixed',
    );
    this.toldUpTo = byItself.at(-1)?.seq ?? this.toldUpTo;
    this.tell(sentence(byItself.map(happened).join(', then ')), found);
    return found;
  }

  /** Waits until an order is as wanted; `what` is how that is called when it does not come. */
  orderComesTo({ id }: OrderAnswer, what: string, wanted: (order: OrderAnswer) => boolean): Promise<OrderAnswer> {
    return this.comes<OrderAnswer>(`/v1/orders/${id}`, what, wanted);
  }

  timelineOf({ id }: CaseAnswer): Promise<TimelineItem[]> {
    return listAll<TimelineItem>(this.agent, `/v1/cases/${id}/timeline`);
  }

  /** A sentence, and what is due now. SEE-1 */
  tell(text: string, { deadline }: Pick<CaseAnswer, 'deadline'>): void {
    if (!deadline) return this.say(text);
    const { waitingFor, at, kind, onExpiry, rule } = deadline;
    this.say(`${text} Now the ${waitingFor} has until ${clock(at)} (${kind}); otherwise ${words(onExpiry)} (${rule}).`);
  }

  private async comes<Subject extends { status: string }>(
    path: string,
    what: string,
    wanted: (subject: Subject) => boolean,
  ): Promise<Subject> {
    for (;;) {
      const found = await this.consumer.get<Subject>(path);
      if (wanted(found)) return found;
      if (stuck.includes(found.status)) throw new Error(`${path} did not come to ${what}: it is ${found.status}`);
      if (Date.now() > this.stage.until) {
        throw new Error(
          `${path} did not come to ${what} in time: it is still ${found.status} (deadlines are ${seconds} s long)`,
        );
      }
      await delay(lookAgainAfterMs, undefined, { signal: this.stage.signal });
    }
  }
}
