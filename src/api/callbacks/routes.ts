import express, { Router } from 'express';
import type { VerifiedCallback } from '../../activities/payments/sandbox.ts';
import { innerSignals } from '../../workflows/messages.ts';
import type { Service } from '../context.ts';
import { orOutcomeUnknown } from '../outcomeUnknown.ts';
import { Problem } from '../problems.ts';
import type { Signal } from '../temporal.ts';

/** Checks a provider's signature over the body's bytes as they came; `now` in UTC ms. */
export type VerifyCallback = (body: Uint8Array, signature: string | undefined, now: number) => VerifiedCallback;

const signatureHeader = 'x-provider-signature';
/** A provider repeats what was not answered, so this may take no longer than a command. */
const handOverMs = 3_000;
/** `<kind>/<id>/<purpose>/<attempt>` REF-4 */
const movementKey = /^((?:case|order)\/[^/]+)\//;

/** Payment providers say that a payment is settled; the workflow then asks for itself, so the notice's own word counts for nothing. */
export function callbackRoutes(service: Service, providers: Record<string, VerifyCallback>): Router {
  const router = Router();
  router.post(
    '/v1/provider-callbacks/:provider',
    express.raw({ type: () => true, limit: '1mb' }),
    async (request, response) => {
      response.locals['route'] = '/v1/provider-callbacks/:provider';
      const name = request.params['provider'] ?? '';
      const verify = Object.hasOwn(providers, name) ? providers[name] : undefined;
      if (!verify) throw Problem.of('not_found', 'there is no such provider');
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const key = keyOf(verify(body, request.get(signatureHeader), service.clock()));
      await passOn(service, key);
      response.status(200).json({ received: true });
    },
  );
  return router;
}

function keyOf(verified: VerifiedCallback): string {
  if (verified.ok) return verified.callback.key;
  if (verified.code !== 'callback_unreadable')
    throw Problem.of('bad_signature', `the callback can’t be trusted: ${verified.code}`);
  throw Problem.of('validation_failed', 'the body is no callback', {
    errors: [{ field: 'body', detail: 'can’t be read as a callback' }],
  });
}

/** A workflow that has ended needs no notice any more. */
async function passOn(service: Service, key: string): Promise<void> {
  const subject = movementKey.exec(key)?.[1];
  if (!subject)
    throw Problem.of('validation_failed', 'key names no movement of ours', {
      errors: [{ field: 'key', detail: 'is not a movement key of ours' }],
    });
  const notice = { name: innerSignals.paymentNotice, args: [{ key }] } satisfies Signal;
  const passedOn = () => service.temporal.signal(subject, notice, service.clock() + handOverMs);
  await orOutcomeUnknown(passedOn, 'the notice could not be passed on: send it again');
}
