import type { Connection } from './connection.ts';
import type { Proof } from './proof.ts';
import { offers, type Scene } from './scene.ts';

/** An ending of a case or an order, played from the order on; answers the order it is about. */
export interface Story {
  name: string;
  title: string;
  play: (scene: Scene, proof: Proof, connection: Connection) => Promise<string>;
}

const { online } = offers;

export const money = (amount: number, state: string) => ({ amount, currency: 'CNY', state });
/** What a case shows that has ended in an online refund. */
export const refunded = { status: 'refunded', final: true, deadline: null, refund: money(online.goods, 'settled') };

/** What an online refund of a case leaves in the books and at the provider. CASE-11 */
export const oneRefund = (caseId: string, orderId: string) => ({
  ledger: [`refund ${online.goods}: order_proceeds/${orderId} ← payment_provider`],
  movements: [`case/${caseId}/refund/1 ${online.goods}`],
});
export const nothingMoved = { ledger: [], movements: [] };

/** Titles of messages that several stories end with. TELL-1 */
export const titles = {
  applied: 'After-sales service was applied for',
  approved: 'The application was approved',
  refused: 'The merchant refused the application',
  addressKnown: 'The return address is known',
  onTheWay: 'The goods are on their way back',
  arrived: 'The returned goods have arrived',
  paidBack: 'The refund was paid',
};
