import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import { z } from 'zod';
import type { Book, Ending } from './book.ts';
import { Faults, faultSchema } from './faults.ts';
import { type Instruction, type Operation, present, presentMovement } from './operation.ts';
import { page } from './page.ts';

const key = z.string().min(1).max(300);
const refundSchema = z.strictObject({
  key,
  orderId: z.string().min(1).max(100),
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as CNY'),
});
const payoutSchema = refundSchema.extend({ party: z.string().min(1).max(100) });
const time = z.iso.datetime().transform((text) => Date.parse(text));
/** All movements, or those of a period, some at once. */
const periodSchema = z.object({
  from: time.default(0),
  to: time.default(Number.POSITIVE_INFINITY),
  after: z.coerce.number().pipe(z.int().min(0)).default(0),
  limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).optional(),
});
const settlementSchema = z.strictObject({ key, outcome: z.enum(['done', 'declined']) });

export interface SandboxOptions {
  book: Book;
  /** Called with each pending operation that has been settled. */
  onSettled: (operation: Operation) => void;
}

/** The provider's HTTP face, and the responses that a fault keeps open. */
export interface Sandbox {
  app: Express;
  /** Cuts the callers off that were never to be answered. */
  dropHeld: () => void;
}

/** Refunds, payouts, asking, and the faults to be met; errors are `{ code, detail }`. */
export function createSandbox({ book, onSettled }: SandboxOptions): Sandbox {
  const faults = new Faults();
  const held = new Set<Response>();
  const hold = (response: Response) => {
    held.add(response);
    response.once('close', () => held.delete(response));
  };

  const take = async (instruction: Instruction, response: Response): Promise<void> => {
    // What was decided once under a key stands: a repeat can meet a failing line, but no other decision.
    const known = book.has(instruction.key);
    const fault = faults.take(instruction.kind, (mode) => !known || (mode !== 'decline' && mode !== 'pending'));
    if (fault === 'timeout_before') return hold(response);
    if (fault === 'unavailable') return unavailable(response);
    const ending: Ending = fault === 'decline' ? 'declined' : fault === 'pending' ? 'pending' : 'done';
    const taken = await book.take(instruction, ending, Date.now());
    if (fault === 'timeout_after') return hold(response);
    if (taken === 'reused') {
      return fail(response, 409, 'key_reused', 'this key stands for another operation: nothing was done');
    }
    response.json(present(taken));
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(express.json({ limit: '16kb', strict: true }));

  app.post('/refunds', async (request, response) => {
    const parsed = refundSchema.safeParse(request.body);
    if (!parsed.success) return invalid(response, parsed.error);
    await take({ kind: 'refund', ...parsed.data }, response);
  });

  app.post('/payouts', async (request, response) => {
    const parsed = payoutSchema.safeParse(request.body);
    if (!parsed.success) return invalid(response, parsed.error);
    await take({ kind: 'payout', ...parsed.data }, response);
  });

  app.get('/operations', async (request, response) => {
    const parsed = z.object({ key }).safeParse(request.query);
    if (!parsed.success) return invalid(response, parsed.error);
    const fault = faults.take('find');
    if (fault === 'unavailable') return unavailable(response);
    if (fault !== undefined) return hold(response);
    const found = await book.find(parsed.data.key);
    if (!found) return unknownKey(response);
    response.json(present(found));
  });

  app.post('/operations/settle', async (request, response) => {
    const parsed = settlementSchema.safeParse(request.body);
    if (!parsed.success) return invalid(response, parsed.error);
    const { key: settled, outcome } = parsed.data;
    const settlement = await book.settle(settled, outcome, Date.now());
    if (!settlement) return unknownKey(response);
    const { operation, isNew } = settlement;
    if (operation.outcome !== outcome) {
      return fail(response, 409, 'already_settled', `this operation is ${operation.outcome}`);
    }
    if (isNew) onSettled(operation);
    response.json(present(operation));
  });

  app.get('/movements', (request, response) => {
    const parsed = periodSchema.safeParse(request.query);
    if (!parsed.success) return invalid(response, parsed.error);
    const { from, to, after, limit } = parsed.data;
    // the book is only ever added to: a place in the list of a period that is over stays the same
    const moved = book.movements().filter(({ at }) => at >= from && at <= to);
    response.json(moved.slice(after, limit === undefined ? undefined : after + limit).map(presentMovement));
  });

  app.get('/faults', (_, response) => {
    response.json(faults.list());
  });
  app.post('/faults', (request, response) => {
    const parsed = faultSchema.safeParse(request.body);
    if (!parsed.success) return invalid(response, parsed.error);
    faults.add(parsed.data);
    response.status(201).json(parsed.data);
  });
  app.delete('/faults', (_, response) => {
    faults.clear();
    response.status(204).end();
  });

  app.get('/healthz', (_, response) => {
    response.json({ status: 'ok' });
  });

  app.get('/', (_, response) => {
    response.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.set('x-content-type-options', 'nosniff');
    response.type('html').send(page(book.movements(), book.pending(), faults.list()));
  });

  app.use((_, response) => fail(response, 404, 'no_such_route', 'there is nothing here'));
  app.use(failed);

  return {
    app,
    dropHeld: () => {
      for (const response of held) response.destroy();
    },
  };
}

function fail(response: Response, status: number, code: string, detail: string): void {
  response.status(status).json({ code, detail });
}

const unavailable = (response: Response) => fail(response, 503, 'unavailable', 'try again later: nothing was done');
const unknownKey = (response: Response) => fail(response, 404, 'unknown_key', 'no operation has this key');

function invalid(response: Response, error: z.ZodError): void {
  const detail = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
  fail(response, 422, 'invalid', detail);
}

/** Broken JSON and bodies too large carry their own status; anything else is ours, and its text stays here. */
const failed: ErrorRequestHandler = (
  error: { status?: number; message: string; stack?: string },
  _request,
  response,
  _next,
) => {
  const status = error.status ?? 500;
  if (status < 500) return fail(response, status, 'invalid', error.message);
  process.stderr.write(`${error.stack ?? error.message}\n`);
  fail(response, status, 'internal', 'something went wrong here');
};
