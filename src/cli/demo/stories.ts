import { storiesOfDisputes } from './disputes.ts';
import { proveCase, proveOrder } from './proof.ts';
import { offers, yuan } from './scene.ts';
import { money, nothingMoved, oneRefund, refunded, type Story, titles } from './story.ts';
import { ticketStory } from './tickets.ts';

const { online, cod } = offers;
const { applied, approved, refused, addressKnown, onTheWay, arrived, paidBack } = titles;
const closed = (closeReason: string) => ({
  status: 'closed',
  final: true,
  deadline: null,
  closeReason,
  refund: money(online.goods, 'none'),
});
const automatically = (title: string) => `${title} (automatically)`;
const toReturn = ['caseOpened CASE-1', 'applicationApproved CASE-2', 'returnAwaited CASE-7'];
const toReceipt = [...toReturn, 'trackingNumberGiven CASE-6', 'receiptConfirmed CASE-8'];

const ordinary: Story = {
  name: 'ordinary',
  title: 'An ordinary online return ends in one refund, without postage (CASE-11, REF-2)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.approves(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.comesTo(found, 'refunded');
    scene.say(`${yuan(online.goods)} of the ${yuan(online.paid)} went back, once: the postage stays paid (REF-2).`);
    await proveCase(proof, scene, found.id, connection, {
      shows: refunded,
      timeline: [...toReceipt, 'refundStarted CASE-11', 'refundSettled CASE-11'],
      ...oneRefund(found.id, order.id),
      messages: [applied, approved, onTheWay, arrived, paidBack],
    });
    return order.id;
  },
};

const silence: Story = {
  name: 'silence',
  title: 'The merchant stays silent: approved automatically (CASE-3), and on to the refund',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.comesTo(found, 'awaiting_buyer_return');
    await scene.knowsWhereTo(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.comesTo(found, 'refunded');
    await proveCase(proof, scene, found.id, connection, {
      shows: refunded,
      timeline: [
        'caseOpened CASE-1',
        'applicationApproved CASE-3 timer',
        'returnAwaited CASE-7 timer',
        'returnAddressFixed CASE-2',
        'trackingNumberGiven CASE-6',
        'receiptConfirmed CASE-8',
        'refundStarted CASE-11',
        'refundSettled CASE-11',
      ],
      ...oneRefund(found.id, order.id),
      messages: [applied, automatically(approved), addressKnown, onTheWay, arrived, paidBack],
    });
    return order.id;
  },
};

const refusal: Story = {
  name: 'refusal',
  title: 'A refusal that is left alone closes the case (CASE-5)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.refuses(found);
    await scene.comesTo(found, 'closed');
    await proveCase(proof, scene, found.id, connection, {
      shows: closed('no_intervention_request'),
      timeline: ['caseOpened CASE-1', 'applicationRefused CASE-4', 'caseClosed CASE-5 timer'],
      ...nothingMoved,
      messages: [applied, refused, automatically('The case was closed')],
    });
    return order.id;
  },
};

const noParcel: Story = {
  name: 'no-parcel',
  title: 'No tracking number comes: the case closes (CASE-7)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.approves(found);
    await scene.comesTo(found, 'closed');
    await proveCase(proof, scene, found.id, connection, {
      shows: closed('no_return_shipment'),
      timeline: [...toReturn, 'caseClosed CASE-7 timer'],
      ...nothingMoved,
      messages: [applied, approved, automatically('The case was closed')],
    });
    return order.id;
  },
};

const receipt: Story = {
  name: 'receipt',
  title: 'The merchant never confirms the parcel: the receipt confirms itself (CASE-9), and the refund follows',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.approves(found);
    await scene.sendsBack(found);
    await scene.comesTo(found, 'refunded');
    await proveCase(proof, scene, found.id, connection, {
      shows: refunded,
      timeline: [
        ...toReturn,
        'trackingNumberGiven CASE-6',
        'receiptConfirmed CASE-9 timer',
        'refundStarted CASE-11 timer',
        'refundSettled CASE-11',
      ],
      ...oneRefund(found.id, order.id),
      messages: [applied, approved, onTheWay, automatically(arrived), paidBack],
    });
    return order.id;
  },
};

const voucher: Story = {
  name: 'voucher',
  title: 'Paid at the door: the merchant refunds by itself and shows the voucher (CASE-12)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('cod');
    const found = await scene.applies(order);
    await scene.approves(found);
    await scene.sendsBack(found);
    const due = await scene.confirmsReceipt(found);
    await scene.showsVoucher(due);
    await proveCase(proof, scene, found.id, connection, {
      shows: { ...refunded, refund: money(cod.goods, 'settled') },
      timeline: [...toReceipt, 'voucherAwaited CASE-12', 'voucherAccepted CASE-12'],
      ...nothingMoved,
      messages: [applied, approved, onTheWay, arrived, 'The merchant has shown its refund'],
    });
    return order.id;
  },
};

const compensation: Story = {
  name: 'compensation',
  title: 'Paid at the door, and no voucher: the platform compensates in advance and penalises the merchant (CASE-13)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('cod');
    const found = await scene.applies(order);
    await scene.approves(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.comesTo(found, 'compensated');
    const penalty = 2_045; // 5 % of 409.00 CNY, half up
    scene.say(`The merchant owes the platform ${yuan(cod.goods)}, and a penalty of ${yuan(penalty)} (CASE-13).`);
    const debtor = `merchant_receivable/${scene.merchantId}`;
    await proveCase(proof, scene, found.id, connection, {
      shows: { status: 'compensated', final: true, deadline: null, refund: money(cod.goods, 'settled') },
      timeline: [
        ...toReceipt,
        'voucherAwaited CASE-12',
        'advanceCompensationStarted CASE-13 timer',
        'compensationSettled CASE-13',
      ],
      ledger: [
        `compensation ${cod.goods}: advance_compensations ← payment_provider`,
        `claim ${cod.goods}: ${debtor} ← advance_compensations`,
        `penalty ${penalty}: ${debtor} ← penalty_income`,
      ],
      movements: [`case/${found.id}/compensation/1 ${cod.goods}`],
      messages: [
        applied,
        approved,

        onTheWay,
        arrived,
        automatically('The platform compensates in advance'),
        'The platform has compensated in advance',
      ],
    });
    return order.id;
  },
};

const unpaid: Story = {
  name: 'unpaid',
  title: 'An unpaid order cancels itself (ORD-3), and the money that comes after it goes back in full (ORD-9)',
  async play(scene, proof, connection) {
    const order = await scene.placesOrder('online');
    scene.tell('No money comes.', order);
    const cancelled = await scene.orderComesTo(order, 'cancelled', ({ status }) => status === 'cancelled');
    scene.say(`Nobody paid by then: the order is cancelled (${order.deadline?.rule}).`);
    proof.same('who cancelled', { by: 'timer', reason: 'unpaid' }, pick(cancelled.cancellation, ['by', 'reason']));
    proof.isTrue(
      'it was cancelled before its deadline had passed',
      (cancelled.cancellation?.at ?? '') > (order.deadline?.at ?? ''),
    );

    const transactionId = `t-${order.id}`;
    await scene.pays(order, transactionId);
    scene.say(`Now ${yuan(online.paid)} arrive after all. The order is over, so they go back (ORD-9).`);
    const settled = ({ refunds }: typeof order) => refunds.some(({ state }) => state === 'settled');
    await scene.orderComesTo(order, 'a settled refund', settled);
    scene.say('They are back, postage and all; the order stays cancelled.');
    const purpose = encodeURIComponent(`late_payment:${transactionId}`);
    const unassigned = `unassigned_receipts/${order.id}`;
    await proveOrder(proof, scene, order.id, connection, {
      shows: {
        status: 'cancelled',
        paid: { amount: 0, currency: 'CNY' },
        refunds: [{ ...money(online.paid, 'settled'), purpose: 'late_payment', transactionId }],
      },
      ledger: [
        `late_payment ${online.paid}: payment_provider ← ${unassigned}`,
        `refund ${online.paid}: ${unassigned} ← payment_provider`,
      ],
      movements: [`order/${order.id}/${purpose}/1 ${online.paid}`],
      messages: [
        'The order was placed',
        automatically('The order was cancelled'),
        'Money came that the order did not ask for; it goes back',
        paidBack,
      ],
    });
    return order.id;
  },
};

const pick = <Key extends string>(from: Partial<Record<Key, unknown>> | undefined, keys: Key[]) =>
  Object.fromEntries(keys.map((key) => [key, from?.[key]]));

/** Every story, in the order in which they are told at the end. */
export const stories: readonly Story[] = [
  ordinary,
  silence,
  refusal,
  noParcel,
  receipt,
  voucher,
  compensation,
  unpaid,
  ...storiesOfDisputes,
  ticketStory,
];
