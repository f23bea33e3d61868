import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { authSecret, ownDatabase } from '../api/harness.ts';
import { patiently } from '../api/patiently.ts';
import { killProcesses, processSettings, startProcess } from '../api/process.ts';

const megabyte = 1024 * 1024;
const limit = defaultPolicy.evidence.maxVideoBytes;
const databaseUrl = ownDatabase(inject('mongodbUrl'));

let pid: number;
let url: string;
let authorization: string;

beforeAll(async () => {
  const { child, heard } = startProcess(processSettings(databaseUrl));
  const { port } = await heard('listening');
  url = `http://127.0.0.1:${port}/v1/evidence`;
  pid = child.pid!;
  authorization = `Bearer ${await signToken({ role: 'consumer', sub: 'c-1' }, authSecret)}`;
  // What a first upload and download need for good is there before anything is measured.
  const { body } = await upload(megabyte);
  await download(body.id);
});
afterAll(async () => {
  killProcesses();
  const database = await patiently(() => connectDatabase(databaseUrl));
  await database.dropDatabase();
  await database.close();
});

/** The bytes of a video of this length, a piece at a time; every piece is another. */
function* video(size: number): Generator<Buffer> {
  const start = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\x02\0isommp41')]);
  yield start;
  for (let at = start.length; at < size; ) {
    const piece = Buffer.alloc(Math.min(256 * 1024, size - at), (at % 251) + 1);
    yield piece;
    at += piece.length;
  }
}

const hashed = (pieces: Iterable<Buffer>) => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};

type Stored = { id: string; size: number; sha256: string; type: string; code?: string };

/** Uploads a video without ever having it in one piece here either. */
async function upload(size: number): Promise<{ status: number | undefined; body: Stored }> {
  const head =
    '--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nvideo\r\n' +
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n';
  const tail = '\r\n--b--\r\n';
  function* form() {
    yield Buffer.from(head);
    yield* video(size);
    yield Buffer.from(tail);
  }
  const headers = {
    authorization,
    'idempotency-key': randomUUID(),
    'content-type': 'multipart/form-data; boundary=b',
    'content-length': head.length + size + tail.length,
  };
  const sending = httpRequest(url, { method: 'POST', headers });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  // Refused in the middle, the connection may be closed while there is more to send.
  const [[response]] = await Promise.all([answered, pipeline(Readable.from(form()), sending).catch(() => undefined)]);
  const text = (await response.toArray()).map(String).join('');
  return { status: response.statusCode, body: JSON.parse(text) as Stored };
}

async function download(id: string): Promise<{ size: number; sha256: string }> {
  const response = await fetch(`${url}/${id}/content`, { headers: { authorization } });
  expect(response.status).toBe(200);
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of response.body!) {
    hash.update(piece);
    size += piece.byteLength;
  }
  return { size, sha256: hash.digest('hex') };
}

/** A figure of the API's process, in bytes: how much memory it has (VmRSS), or had at most (VmHWM). */
function memory(figure: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${figure}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** By how much more than at its beginning the API's process had in memory at most meanwhile. */
async function peakDuring<T>(run: () => Promise<T>): Promise<{ grown: number; result: T }> {
  writeFileSync(`/proc/${pid}/clear_refs`, '5'); // the peak counts from here
  const before = memory('VmRSS');
  const result = await run();
  return { grown: memory('VmHWM') - before, result };
}

describe.runIf(process.platform === 'linux')('a video of 100 MB passes through the API’s process', () => {
  let stored: Stored;

  it('EVI-2: up, at exactly the limit, in less than 60 MB', async () => {
    expect(limit).toBe(104_857_600);
    const { grown, result } = await peakDuring(() => upload(limit));
    stored = result.body;
    expect(result.status).toBe(201);
    expect(stored).toMatchObject({ size: limit, type: 'video/mp4', sha256: hashed(video(limit)) });
    expect(grown).toBeLessThan(60 * megabyte);
  });

  it('and down, to the last byte', async () => {
    const { grown, result } = await peakDuring(() => download(stored.id));
    expect(result).toEqual({ size: limit, sha256: stored.sha256 });
    expect(grown).toBeLessThan(60 * megabyte);
  });

  it('EVI-2: one byte more is refused, in as little memory', async () => {
    const { grown, result } = await peakDuring(() => upload(limit + 1));
    expect(result).toMatchObject({ status: 413, body: { code: 'evidence_too_large' } });
    expect(grown).toBeLessThan(60 * megabyte);
  });
});
