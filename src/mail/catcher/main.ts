import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { z } from 'zod';
import { createApp } from './app.ts';
import { Mails } from './mails.ts';
import { createSmtp } from './smtp.ts';

const port = z.coerce.number().int().min(0).max(65_535).default(0);
const settingsSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port,
  SMTP_PORT: port,
  DATA_FILE: z.string({ error: 'name the file of the mails' }).min(1),
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** The mail catcher's process. Prints `{"url","smtpUrl"}` when it listens; SIGTERM and SIGINT end it in order. */
async function main(): Promise<void> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  }
  const { HOST, PORT, SMTP_PORT, DATA_FILE } = parsed.data;
  const mails = await Mails.open(DATA_FILE);
  const smtp = createSmtp(mails);
  // a client that breaks off is its own trouble
  smtp.on('error', (error: Error) => process.stderr.write(`mail catcher: ${error.message}\n`));
  const http = createServer(createApp(mails));
  await Promise.all([
    listening(smtp.server, () => smtp.listen(SMTP_PORT, HOST)),
    listening(http, () => http.listen(PORT, HOST)),
  ]);

  const stop = () => {
    http.close();
    http.closeAllConnections();
    smtp.close(() => void mails.close());
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST;
  const said = { url: `http://${host}:${portOf(http)}`, smtpUrl: `smtp://${host}:${portOf(smtp.server)}` };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
    listen();
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`mail catcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
