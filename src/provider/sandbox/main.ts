import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { createSandbox } from './app.ts';
import { Book } from './book.ts';
import { callBack } from './callbacks.ts';

/** How long requests under way may take to end after SIGTERM, in ms. */
const drainMs = 1_000;

const settingsSchema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(0),
    DATA_FILE: z.string({ error: 'name the file of the movements' }).min(1),
    CALLBACK_URL: z.url({ protocol: /^https?$/ }).optional(),
    CALLBACK_SECRET: z.string().min(1).optional(),
  })
  .refine(({ CALLBACK_URL, CALLBACK_SECRET }) => CALLBACK_URL === undefined || CALLBACK_SECRET !== undefined, {
    path: ['CALLBACK_SECRET'],
    message: 'is needed to sign what goes to CALLBACK_URL',
  });

/** The sandbox payment provider's process. Prints `{"url"}` when it listens; SIGTERM and SIGINT end it in order. */
async function main(): Promise<void> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  }
  const { HOST, PORT, DATA_FILE, CALLBACK_URL, CALLBACK_SECRET } = parsed.data;
  const book = await Book.open(DATA_FILE, (error) => {
    process.stderr.write(`sandbox provider: ${DATA_FILE} can't be written: ${String(error)}\n`);
    process.exitCode = 1;
    stop();
  });

  const stopped = new AbortController();
  const { app, dropHeld } = createSandbox({
    book,
    onSettled: (operation) => {
      if (CALLBACK_URL === undefined || CALLBACK_SECRET === undefined) return;
      void callBack({ url: CALLBACK_URL, secret: CALLBACK_SECRET }, operation, stopped.signal);
    },
  });
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, resolve);
  });

  const stop = () => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    server.close(() => void book.close());
    dropHeld();
    setTimeout(() => server.closeAllConnections(), drainMs).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST;
  process.stdout.write(`${JSON.stringify({ url: `http://${host}:${(server.address() as AddressInfo).port}` })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`sandbox provider: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
