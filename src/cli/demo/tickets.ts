import { proveCase } from './proof.ts';
import { oneRefund, refunded, type Story, titles } from './story.ts';

const { applied, approved, onTheWay, arrived, paidBack } = titles;

/** Another entrance to the same: customer service. INT-8 */
export const ticketStory: Story = {
  name: 'ticket',
  title: 'Customer service opens a case for the consumer: another entrance to the same rules (INT-8)',
  async play(scene, proof, connection) {
    const order = await scene.deliveredOrder('online');
    const ticket = await scene.opensTicket(order);
    await scene.takesTicketOn(ticket);
    await scene.asksBack(ticket);
    await scene.replies(ticket);
    const resolved = await scene.resolvesByCase(ticket);
    const found = await scene.caseOf(resolved);
    await scene.approves(found);
    await scene.sendsBack(found);
    await scene.confirmsReceipt(found);
    await scene.comesTo(found, 'refunded');
    await scene.rates(resolved);
    proof.same('the case’s channel', 'feedback', found.channel);
    proof.same('what the ticket led to', found.id, resolved.resolution?.caseId);
    await proveCase(proof, scene, found.id, connection, {
      shows: refunded,
      timeline: [
        'caseOpened CASE-1',
        'applicationApproved CASE-2',
        'returnAwaited CASE-7',
        'trackingNumberGiven CASE-6',
        'receiptConfirmed CASE-8',
        'refundStarted CASE-11',
        'refundSettled CASE-11',
      ],
      ...oneRefund(found.id, order.id),
      messages: [applied, approved, onTheWay, arrived, paidBack],
    });
    return order.id;
  },
};
