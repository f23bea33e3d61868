import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey, PayloadKeys } from './keys.ts';

/** How Temporal's tools know an encrypted payload. */
const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';
/** The workflow a payload was encrypted for; empty for one that was encrypted without knowing. */
const subjectField = 'encryption-subject';

const cipher = 'aes-256-gcm';
/** 96 bits, as GCM wants it: random, so a key is good for some 2^32 payloads. */
const nonceBytes = 12;
const tagBytes = 16;

const { Payload: Message } = proto.temporal.api.common.v1;

/** A payload that can't be decrypted: under a key we don't have, altered, or in a place it was not encrypted for. */
export class PayloadUndecodable extends Error {
  override readonly name = 'PayloadUndecodable';
}

/** The workflow that a payload says it was encrypted for; undefined where it isn't encrypted, or doesn't say. */
export function subjectOf(payload: Payload): string | undefined {
  return (isEncrypted(payload) && textOf(payload, subjectField)) || undefined;
}

/**
 * Encrypts what Temporal stores: each payload whole with AES-256-GCM under the first key, its own random nonce in front and the tag
 * behind. Key id and workflow are authenticated with it, so that neither can be exchanged, nor a payload be put into another
 * workflow. What is not encrypted is passed on as it is, so that encryption can be switched on over running workflows.
 *
 * Decoding throws {@link PayloadUndecodable}; Temporal then tries the task again, until a worker has the key.
 */
export function payloadCodec(keys: PayloadKeys): PayloadCodec {
  const [first] = keys;
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    encode: async (payloads, context) => payloads.map((payload) => encrypt(first, payload, workflowOf(context) ?? '')),
    decode: async (payloads, context) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypt(byId, payload, workflowOf(context)) : payload)),
  };
}

/** The converter of every client and worker; undefined without keys. */
export function dataConverterOf(keys: PayloadKeys | undefined): DataConverter | undefined {
  return keys && { payloadCodecs: [payloadCodec(keys)] };
}

function encrypt({ id, key }: PayloadKey, payload: Payload, subject: string): Payload {
  const nonce = randomBytes(nonceBytes);
  const encrypting = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  encrypting.setAAD(authenticated(id, subject));
  const data = Buffer.concat([
    nonce,
    encrypting.update(Message.encode(payload).finish()),
    encrypting.final(),
    encrypting.getAuthTag(),
  ]);
  const metadata = { encoding, [keyIdField]: id, [subjectField]: subject };
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([field, value]) => [field, Buffer.from(value)])),
    data,
  };
}

function decrypt(keys: ReadonlyMap<string, PayloadKey['key']>, payload: Payload, here: string | undefined): Payload {
  const id = textOf(payload, keyIdField);
  const subject = textOf(payload, subjectField);
  const what = `a payload${subject ? ` of ${subject}` : ''}`;
  const key = keys.get(id);
  if (!key) {
    const mend =
      'add it behind the first of PAYLOAD_KEYS, and leave it there for as long as workflows hold payloads of it';
    throw new PayloadUndecodable(
      `${what} is encrypted under the key ${JSON.stringify(id)}, and there are ${[...keys.keys()].join(', ')}: ${mend}`,
    );
  }
  if (subject && here !== undefined && subject !== here)
    throw new PayloadUndecodable(`${what} was found in ${here}: it was put there by another than us`);
  const data = Buffer.from(payload.data ?? []);
  try {
    const nonce = data.subarray(0, nonceBytes);
    const decrypting = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
    decrypting.setAAD(authenticated(id, subject));
    decrypting.setAuthTag(data.subarray(-tagBytes));
    const plain = [decrypting.update(data.subarray(nonceBytes, -tagBytes)), decrypting.final()];
    return Message.decode(Buffer.concat(plain));
  } catch (cause) {
    const why = 'it was altered, or encrypted with another key of this id';
    throw new PayloadUndecodable(`${what} does not fit the key ${JSON.stringify(id)}: ${why}`, { cause });
  }
}

const isEncrypted = (payload: Payload) => textOf(payload, 'encoding') === encoding;

const textOf = ({ metadata }: Payload, field: string) => Buffer.from(metadata?.[field] ?? []).toString('utf8');

const workflowOf = (context: SerializationContext | undefined) => context?.workflowId || undefined;

/** Names that can't run into each other. */
const authenticated = (keyId: string, subject: string) => Buffer.from(JSON.stringify([encoding, keyId, subject]));
