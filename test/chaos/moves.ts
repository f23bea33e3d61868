import { setTimeout as delay } from 'node:timers/promises';
import type { CaseAnswer } from '../../src/api/cases/schema.ts';
import type { CaseStatus } from '../../src/domain/case/case.ts';
import { caseOf, comes, lookAgainAfterMs, type Stage, think } from './stage.ts';

/** What somebody does in a case. */
export type Move = (stage: Stage, found: CaseAnswer) => Promise<unknown>;

/** What is done where a case stands, one after another; where nothing is left to do, everybody is silent until its deadline. */
export type Script = {
  moves: Partial<Record<CaseStatus, Move[]>>;
  /** What becomes of the merchant's own appeal, where a ruling lets it appeal; otherwise it is silent. INT-9 */
  merchantAppeal?: 'won' | 'rejected';
};

type Who = 'consumer' | 'merchant' | 'agent' | 'senior';

const move =
  (who: Who, action: string, fields: object | ((stage: Stage, found: CaseAnswer) => Promise<object>)): Move =>
  async (stage, { id, ...found }) =>
    stage[who].post(
      `/v1/cases/${id}/${action}`,
      typeof fields === 'function' ? await fields(stage, { id, ...found }) : fields,
    );

export const approve = move('merchant', 'merchant-decision', { decision: 'approve' });
export const refuse = move('merchant', 'merchant-decision', { decision: 'refuse', refusalCode: 'agreed_otherwise' });
export const withdraw = move('consumer', 'withdrawal', {});
export const sendBack = move('consumer', 'tracking-number', { carrier: 'SF', trackingNumber: 'SF1' });
export const correctNumber = move('consumer', 'tracking-number', { carrier: 'SF', trackingNumber: 'SF2' });
export const receive = move('merchant', 'receipt-confirmation', { outcome: 'received' });
export const refuseReceipt = move('merchant', 'receipt-confirmation', async ({ merchant }) => ({
  outcome: 'refused',
  refusalCode: 'wrong_goods',
  evidenceIds: [await merchant.upload('product_photo', 'what was in the parcel\n')],
}));
export const voucher = move('merchant', 'refund-voucher', async ({ merchant }, { refund }) => ({
  reference: 'bank-1',
  amount: refund.amount,
  paidAt: '2026-01-01T00:00:00Z',
  evidenceIds: [await merchant.upload('refund_voucher', 'paid\n')],
}));
export const propose = (refundAmount: number) =>
  move('merchant', 'proposal', { kind: 'refund_only', refundAmount, note: '补偿' });
export const respond = (decision: 'accept' | 'decline') => move('consumer', 'proposal-response', { decision });
export const askPlatform = move('consumer', 'intervention-request', {
  reason: 'merchant_refused',
  statement: '商家拒绝',
  evidenceIds: [],
});
export const takeBackRequest = move('consumer', 'intervention-withdrawal', {});
export const audit = (decision: 'accept' | 'decline') =>
  move('agent', 'intervention-audit', { decision, note: '已审核' });
export const submit = (who: 'consumer' | 'merchant', complete: boolean) =>
  move(who, 'evidence-submission', async (stage) => ({
    statement: '如图',
    evidenceIds: [await stage[who].upload('chat_log', 'who said what\n')],
    complete,
  }));
export const question = (from: 'consumer' | 'merchant') =>
  move('agent', 'information-request', { from, question: '请补充材料' });
export const ruleForConsumer = (remedy: string, refundAmount?: number) =>
  move('agent', 'ruling', {
    favour: 'consumer',
    remedy,
    ...(refundAmount === undefined ? {} : { refundAmount }),
    liability: 'merchant',
    reasons: '证据充分',
  });
export const ruleForMerchant = move('agent', 'ruling', {
  favour: 'merchant',
  liability: 'consumer',
  reasons: '证据不足',
});
export const appeal = move('consumer', 'appeal', { statement: '不服', evidenceIds: [] });
export const turnAppeal = move('senior', 'appeal-ruling', {
  favour: 'consumer',
  remedy: 'refund_only',
  refundAmount: 5_000,
  liability: 'platform',
  reasons: '改判',
});
export const upholdAppeal = move('senior', 'appeal-ruling', {
  favour: 'merchant',
  liability: 'consumer',
  reasons: '维持',
});
export const shipReplacement = move('merchant', 'replacement-shipment', { carrier: 'SF', trackingNumber: 'SF9' });
export const receiveReplacement = move('consumer', 'replacement-receipt', {});
export const retryRefund = move('agent', 'refund-retry', {});
export const settleByHand = move('agent', 'manual-settlement', { reference: 'bank-2', note: '线下退款' });
export const extendDeadline = move('agent', 'deadline-extension', async (_, { deadline }) => ({
  until: new Date(Date.parse(deadline?.at ?? new Date().toISOString()) + 3_000).toISOString(),
  reason: '物流延误',
}));

const lodgeMerchantAppeal = move('merchant', 'appeal', { statement: '不服', evidenceIds: [] });
const rejectMerchantAppeal = move('senior', 'appeal-ruling', {
  favour: 'consumer',
  liability: 'merchant',
  reasons: '维持',
});
const turnMerchantAppeal = move('senior', 'appeal-ruling', {
  favour: 'merchant',
  liability: 'platform',
  reasons: '改判',
  refundAmount: 3_000,
});

/** Two at the same moment: whichever comes first. */
export const atOnce =
  (...moves: Move[]): Move =>
  (stage, found) =>
    Promise.all(moves.map((one) => one(stage, found)));

/** Within so many ms of the deadline, before or after: whether it is in time is the API's clock to say. POL-3 */
export const atDeadline =
  (one: Move, withinMs = 300): Move =>
  async (stage, found) => {
    const at = Date.parse(found.deadline?.at ?? new Date().toISOString()) + stage.chance.between(-withinMs, withinMs);
    await delay(Math.max(0, at - Date.now()), undefined, { signal: stage.signal });
    return one(stage, found);
  };

/** Acts a case's script out until it has ended and nothing beside it is open. @throws Error where that does not come in time */
export async function actOut(stage: Stage, caseId: string, script: Script): Promise<void> {
  const left = new Map(Object.entries(script.moves).map(([status, moves]) => [status, [...moves]]));
  let lodged = false;
  let patience = 0;
  await comes(
    stage,
    async () => {
      let found = await caseOf(stage, caseId);
      for (;;) {
        const next = nextMove(found);
        if (!next) return found;
        await think(stage);
        await next(stage, found);
        found = await caseOf(stage, caseId);
      }
    },
    (found) => found.final && found.merchantMayAppealUntil === undefined && !appealOpen(found),
    `the end of case ${caseId}`,
  );

  function nextMove(found: CaseAnswer): Move | undefined {
    const { status, deadline } = found;
    if (script.merchantAppeal && !lodged && found.merchantMayAppealUntil) {
      lodged = true;
      return lodgeMerchantAppeal;
    }
    if (found.appeal?.by === 'merchant' && !found.appeal.ruling)
      return script.merchantAppeal === 'won' ? turnMerchantAppeal : rejectMerchantAppeal;
    if (found.appeal?.payout?.state === 'declined') return retryRefund;
    const scripted = left.get(status)?.shift();
    if (scripted) return scripted;
    if (deadline) return undefined;
    // nobody else helps a case on from here
    switch (status) {
      case 'refund_failed':
      case 'compensation_failed':
        return retryRefund;
      case 'under_adjudication':
        return ruleForMerchant;
      case 'under_appeal':
        return upholdAppeal;
      case 'refunding':
      case 'advance_compensating':
        // an unknown outcome resolves itself; an agent who lost patience may look once in a while (CASE-14)
        patience += 1;
        return found.refund.state === 'unknown' && patience * lookAgainAfterMs > 20_000 && (patience = 0) === 0
          ? settleByHand
          : undefined;
      default:
        return undefined;
    }
  }
}

const appealOpen = ({ appeal: lodged }: CaseAnswer) =>
  lodged?.by === 'merchant' &&
  (!lodged.ruling ||
    (lodged.payout !== undefined && lodged.payout.state !== 'settled' && lodged.payout.state !== 'none'));
