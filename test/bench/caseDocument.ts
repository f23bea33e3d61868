import { randomUUID } from 'node:crypto';
import { caseRulesVersion, openedCase } from '../../src/domain/case/case.ts';
import { openCase } from '../../src/domain/case/decide.ts';
import { listedCase } from '../../src/domain/case/listed.ts';
import { openAllocation, reserve } from '../../src/domain/order/allocation.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { applicationFor } from './orders.ts';
import { deliveredOrder } from './seeding.ts';

const policy = { ...defaultPolicy, version: 1 };

/** Cases of 40 merchants, one in a hundred under appeal and half of them ended, as their workflows would have written them. */
export function caseDocument(number: number, order = deliveredOrder(number, policy)) {
  const caseId = randomUUID();
  const application = applicationFor(order.id);
  const receivedAt = order.placedAt + number;
  const allocation = reserve(openAllocation(order, order.placedAt), caseId, application, receivedAt);
  const entry = allocation.cases[caseId]!;
  const opening = { caseId, application, channel: 'return_page' as const, policy };
  const state = openedCase(
    openCase({ order, entry }, opening, { actor: { role: 'consumer', id: 'c' }, at: receivedAt }),
    caseRulesVersion,
  );
  const { deadlineAt, createdAt, updatedAt, ...rest } = listedCase(state);
  const status = number % 100 === 0 ? 'under_appeal' : number % 2 === 0 ? 'refunded' : rest.status;
  return {
    _id: caseId,
    ...rest,
    status,
    ...(status === 'refunded' || deadlineAt === undefined ? {} : { deadlineAt: new Date(deadlineAt) }),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt + ((number * 7_919) % 1_000_000)),
    version: 1,
    state,
    writeSeq: 1,
    timelineSeq: 1,
    outcomes: [],
  };
}
