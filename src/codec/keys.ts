import { createSecretKey, type KeyObject } from 'node:crypto';

/** A key under the id by which payloads name it. */
export type PayloadKey = { id: string; key: KeyObject };

/** The keys of payloads: the first encrypts, all decrypt. */
export type PayloadKeys = readonly [PayloadKey, ...PayloadKey[]];

/** AES-256 */
const keyBytes = 32;
const idPattern = /^[A-Za-z0-9._-]{1,64}$/;
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/** What is wrong with the keys as they were given; never tells a key. */
export class UnusableKeys extends Error {
  override readonly name = 'UnusableKeys';
}

/**
 * Keys as the settings give them: `id1:base64,id2:base64`.
 * @throws UnusableKeys naming the first that can't be used, by its place and id
 */
export function parsePayloadKeys(text: string): PayloadKeys {
  const [first, ...others] = text.split(',').map((entry, index) => parseKey(entry.trim(), index + 1));
  if (!first) throw new UnusableKeys('names no key');
  const keys: PayloadKeys = [first, ...others];
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice) throw new UnusableKeys(`has two keys under the id ${twice.id}`);
  return keys;
}

function parseKey(entry: string, place: number): PayloadKey {
  const colon = entry.indexOf(':');
  const id = entry.slice(0, Math.max(colon, 0));
  if (!idPattern.test(id)) throw new UnusableKeys(`has no usable id before a colon in its entry ${place}`);
  const encoded = entry.slice(colon + 1);
  const key = Buffer.from(encoded, 'base64');
  if (!base64Pattern.test(encoded) || key.byteLength !== keyBytes)
    throw new UnusableKeys(`has a key ${id} that is not ${keyBytes} bytes in base64`);
  return { id, key: createSecretKey(key) };
}
