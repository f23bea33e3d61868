import { lookup } from 'node:dns/promises';
import { hostOf, isPublicAddress } from '../../domain/tell/webhookTarget.ts';
import type { Service } from '../context.ts';
import { Problem } from '../problems.ts';

const mostMs = 1_000;

/**
 * Refuses a receiver inside, where the settings do. What a name stands for may change, so the courier judges again when it connects;
 * one that can't be looked up in time is left to it.
 * @throws Problem 422
 */
export async function assertPublic({ privateWebhooks }: Pick<Service, 'privateWebhooks'>, url: string): Promise<void> {
  if (privateWebhooks) return;
  const unknown = new Promise<[]>((resolve) => setTimeout(resolve, mostMs, []).unref());
  const found = await Promise.race([lookup(hostOf(url), { all: true }).catch(() => []), unknown]);
  if (found.every(({ address }) => isPublicAddress(address))) return;
  const detail = 'must be on the public internet: PRIVATE_WEBHOOKS says whether others may be called';
  throw Problem.of('validation_failed', `url: ${detail}`, { errors: [{ field: 'url', detail }] });
}
