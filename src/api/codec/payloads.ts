import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { Problem } from '../problems.ts';
import { fieldErrors } from '../serve.ts';

/** Payloads as JSON has them, bytes in base64: what Temporal's UI and CLI send and read. */
const payloadsSchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() })),
});

/** @throws Problem 422 naming what is no payload */
export function readPayloads(body: unknown): Payload[] {
  const read = payloadsSchema.safeParse(body ?? {});
  if (!read.success) {
    const errors = fieldErrors(read.error, 'body');
    throw Problem.of('validation_failed', 'send payloads as Temporal’s UI does', { errors });
  }
  return read.data.payloads.map(({ metadata = {}, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([field, value]) => [field, bytes(value)])),
    ...(data === undefined ? {} : { data: bytes(data) }),
  }));
}

/** The answer's body. */
export const writePayloads = (payloads: Payload[]) => ({
  payloads: payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([field, value]) => [field, base64(value)])),
    ...(data ? { data: base64(data) } : {}),
  })),
});

const bytes = (text: string) => Buffer.from(text, 'base64');
const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
