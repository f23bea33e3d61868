import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import express from 'express';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { requestLog } from '../../src/api/logging.ts';
import { safeError } from '../../src/observe/log.ts';

it('an error is logged without the document that its driver hung on it', () => {
  const error = Object.assign(
    new Error('E11000 duplicate key error index: email_1 dup key: { email: "li@example.com" }'),
    {
      code: 11_000,
      op: { shippingAddress: { name: '李四' } },
      keyValue: { email: 'li@example.com' },
    },
  );
  const outer = new Error('the batch was not written', { cause: error });
  expect(safeError(outer)).toMatchObject({
    type: 'Error',
    message: 'the batch was not written',
    cause: { code: 11_000 },
  });
  expect(JSON.stringify(safeError(outer))).not.toMatch(/李四|li@example/);
});

it('who is refused finds the id of the request in the log; a read that went well is not worth a line', async () => {
  const lines: { requestId: string; res: { status: number } }[] = [];
  const sink = new Writable({
    write(line: Buffer, _, done) {
      lines.push(JSON.parse(line.toString()));
      done();
    },
  });
  const app = express().use(requestLog(pino({ level: 'info' }, sink)));
  app.get('/:status', ({ params }, response) => void response.status(Number(params.status)).end());
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const status of [200, 304, 401, 404, 429, 503])
    await fetch(`${url}/${status}`, { headers: { 'x-request-id': `r-${status}` } });
  expect(lines.map(({ requestId, res }) => [requestId, res.status])).toEqual(
    [401, 404, 429, 503].map((status) => [`r-${status}`, status]),
  );
});
