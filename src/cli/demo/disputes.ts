import { proveCase } from './proof.ts';
import { offers } from './scene.ts';
import { money, nothingMoved, oneRefund, refunded, type Story, titles } from './story.ts';

const { applied, approved, refused, addressKnown, onTheWay, arrived, paidBack } = titles;

const intervention: Story = {
  name: 'intervention',
  title:
    'A refusal, the platform rules for the consumer: the goods go back, one refund comes; the merchant appeals and wins (INT)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.applies(order);
    await scene.refuses(found);
    await scene.asksPlatformIn(found);
    await scene.acceptsIntervention(found);
    await scene.submitsEvidence(found, 'consumer', 'the merchant itself said that the seal was whole');
    await scene.submitsEvidence(found, 'merchant', 'that was before we looked closely');
    await scene.rules(found);
    await scene.knowsWhereTo(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.comesTo(found, 'refunded');
    await scene.appealsAsMerchant(found);
    await scene.turnsAppeal(found);
    const { ledger, movements } = oneRefund(found.id, order.id);
    await proveCase(proof, scene, found.id, connection, {
      shows: refunded,
      timeline: [
        'caseOpened CASE-1',
        'applicationRefused CASE-4',
        'interventionRequested INT-1',
        'interventionAccepted INT-2',
        'evidenceSubmitted INT-3',
        'evidenceSubmitted INT-3',
        'adjudicationBegun INT-3',
        'ruled INT-5',
        'merchantAppealOpened INT-9',
        'returnAwaited CASE-7',
        'returnAddressFixed CASE-2',
        'trackingNumberGiven CASE-6',
        'receiptConfirmed CASE-8',
        'refundStarted CASE-11',
        'refundSettled CASE-11',
        'merchantAppealed INT-9',
        'merchantAppealRuled INT-9',
        'payoutStarted INT-9',
        'payoutSettled INT-9',
      ],
      ledger: [...ledger, `payout ${offers.online.goods}: appeal_payouts ← payment_provider`],
      movements: [...movements, `case/${found.id}/appeal_payout/1 ${offers.online.goods}`],
      messages: [
        applied,
        refused,
        'The consumer has asked the platform in',
        'The platform looks into it: both parties may submit evidence',
        'Evidence was submitted',
        'Evidence was submitted',
        'The platform has ruled',
        addressKnown,
        onTheWay,
        arrived,
        paidBack,
        'The merchant has appealed',
        'The merchant’s appeal was decided',
      ],
      messagesToMerchant: ['The payout of the appeal was paid'],
    });
    return order.id;
  },
};

const exchange: Story = {
  name: 'exchange',
  title: 'An exchange: the goods go back, the replacement comes, and no money moves (CASE-17)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const found = await scene.appliesToExchange(order);
    await scene.approves(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.shipsReplacement(found);
    await scene.receivesReplacement(found);
    await proveCase(proof, scene, found.id, connection, {
      shows: { status: 'replaced', final: true, deadline: null, refund: money(offers.online.goods, 'none') },
      timeline: [
        'caseOpened CASE-1',
        'applicationApproved CASE-2',
        'returnAwaited CASE-7',
        'trackingNumberGiven CASE-6',
        'receiptConfirmed CASE-8',
        'replacementAwaited CASE-17',
        'replacementShipped CASE-17',
        'replacementReceived CASE-17',
      ],
      ...nothingMoved,
      messages: [applied, approved, onTheWay, arrived, 'The replacement is on its way', 'The replacement has arrived'],
    });
    return order.id;
  },
};

/** A refusal that is not the last word, and goods for goods. */
export const storiesOfDisputes: readonly Story[] = [intervention, exchange];
