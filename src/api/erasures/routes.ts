import { z } from 'zod';
import { foreignId } from '../../domain/fields.ts';
import type { ErasureDocument } from '../../store/documents.ts';
import { erasedPlaces } from '../../store/erasure.ts';
import type { Service } from '../context.ts';
import { rememberOnce } from '../idempotent.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';
import { forgetHistories, stillRunning } from './histories.ts';

const path = '/v1/erasures';
const mostNamed = 10;

const erasureSchema = z.strictObject({ consumerId: foreignId });

const erasureAnswer = z
  .object({
    id: z.string(),
    consumerId: z.string(),
    requestedBy: z.string(),
    requestedAt: timeSchema,
    doneAt: timeSchema,
    erased: z
      .record(z.string(), z.int())
      .meta({ description: `how much was changed or removed: ${[...erasedPlaces, 'histories'].join(', ')}` }),
  })
  .meta({ id: 'Erasure' });

const erase = route<undefined, z.infer<typeof erasureSchema>>({
  method: 'post',
  path,
  summary:
    'Erases a consumer’s personal data, once all its orders and cases have ended; ledger, amounts and outcomes stay',
  tag: 'Erasures',
  roles: ['admin'],
  body: erasureSchema,
  answer: erasureAnswer,
  refuses: ['cases_still_open', 'outcome_unknown'],
  async answers(service, asked) {
    const { caller, receivedAt } = asked;
    const { consumerId } = asked.body;
    const { erasures } = service.store;
    const id = await rememberOnce(service, asked, `POST ${path}`, 'erasures');
    const before = await erasures.find(id);
    if (before?.doneAt) return { body: present(before) };

    await refuseWhileOpen(service, consumerId);
    await erasures.begin({ _id: id, consumerId, requestedBy: caller.id, requestedAt: new Date(receivedAt) });
    return { body: present(await erasures.finish(id, new Date(service.clock()), await eraseAll(service, consumerId))) };
  },
});

/**
 * Money that comes late makes an ended order go on from what it had last written (ORD-9), and it may have read that before it was
 * erased: so what was written meanwhile is erased again, and nothing may be running at the end.
 */
async function eraseAll(service: Service, consumerId: string): Promise<Record<string, number>> {
  const { store, evidence, clock } = service;
  const total: Record<string, number> = {};
  do {
    const changed = await store.erasures.erase(consumerId, new Date(clock()), evidence);
    const histories = await forgetHistories(service, consumerId);
    for (const [place, count] of Object.entries({ ...changed, histories })) total[place] = (total[place] ?? 0) + count;
    await refuseWhileOpen(service, consumerId);
  } while (await store.erasures.isLeft(consumerId));
  return total;
}

/** @throws Problem 409 naming what has not ended: it would write again what was erased, and needs it to end right */
async function refuseWhileOpen(service: Service, consumerId: string): Promise<void> {
  const open = await stillRunning(service, consumerId);
  if (open.length === 0) return;
  const named = open.slice(0, mostNamed).join(', ');
  const more = open.length > mostNamed ? ` and ${open.length - mostNamed} more` : '';
  throw Problem.of(
    'cases_still_open',
    `${open.length} of the consumer’s orders, cases and tickets have not ended: ${named}${more}. Repeat this when they have`,
    { errors: open.map((subject) => ({ field: 'consumerId', detail: `${subject} has not ended` })) },
  );
}

function present({ _id, consumerId, requestedBy, requestedAt, doneAt, erased }: ErasureDocument) {
  return {
    id: _id,
    consumerId,
    requestedBy,
    requestedAt: isoTime(requestedAt),
    ...(doneAt ? { doneAt: isoTime(doneAt) } : {}),
    erased: erased ?? {},
  };
}

/** A consumer's right to be forgotten, as far as others' rights allow. */
export const erasureRoutes: readonly Route[] = [erase];
