import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { parsePayloadKeys } from '../../src/codec/keys.ts';
import { payloadCodec, subjectOf } from '../../src/codec/payloadCodec.ts';

const aKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [aKey('k1'), aKey('k2')];
const codecOf = (...keys: string[]) => payloadCodec(parsePayloadKeys(keys.join(',')));

const caseOne = { type: 'workflow', namespace: 'default', workflowId: 'case/1' } as const;
const activityOfOne = { type: 'activity', namespace: 'default', workflowId: 'case/1', isLocal: false } as const;
const caseTwo = { ...caseOne, workflowId: 'case/2' };

const person = { name: '张三', phone: '13800000000' };
const plain = () => defaultPayloadConverter.toPayload(person);
const valueOf = (payload: Payload) => defaultPayloadConverter.fromPayload(payload);
const encrypted = async (codec = codecOf(k1)) => (await codec.encode([plain()], caseOne))[0]!;
const bytesOf = (payload: Payload) =>
  Buffer.concat([...Object.values(payload.metadata ?? {}), payload.data ?? Buffer.of()]);

describe('the payload codec', () => {
  it('gives back what it has encrypted, and shows none of it', async () => {
    const payload = await encrypted();
    expect(Buffer.from(payload.metadata!['encoding']!).toString()).toBe('binary/encrypted');
    for (const word of [...Object.values(person), 'name', 'json/plain'])
      expect(bytesOf(payload).includes(word)).toBe(false);
    for (const context of [caseOne, activityOfOne, undefined])
      expect(valueOf((await codecOf(k1).decode([payload], context))[0]!)).toEqual(person);
  });

  it('encrypts the same value differently each time', async () => {
    expect(bytesOf(await encrypted()).equals(bytesOf(await encrypted()))).toBe(false);
  });

  it('keeps the number and order of payloads, none and empty ones included', async () => {
    const codec = codecOf(k1);
    const nothing = defaultPayloadConverter.toPayload(undefined);
    const payloads = [nothing, plain(), { metadata: {} }];
    const back = await codec.decode(await codec.encode(payloads, caseOne), caseOne);
    expect(back.slice(0, 2).map(valueOf)).toEqual([undefined, person]);
    expect(back).toHaveLength(3);
    expect(await codec.encode([])).toEqual([]);
  });

  it('passes on what is not encrypted, so that it can be switched on over running workflows', async () => {
    expect(await codecOf(k1).decode([plain()], caseOne)).toEqual([plain()]);
  });

  it('rotates: the first key encrypts, an old one behind it still decrypts', async () => {
    const old = await encrypted(codecOf(k1));
    const rotated = codecOf(k2, k1);
    expect(valueOf((await rotated.decode([old], caseOne))[0]!)).toEqual(person);
    expect(valueOf((await codecOf(k2).decode([await encrypted(rotated)], caseOne))[0]!)).toEqual(person);
  });

  it('refuses a key id it does not have, saying which it has', async () => {
    const decoding = codecOf(k2).decode([await encrypted()], caseOne);
    await expect(decoding).rejects.toThrow(/payload of case\/1 is encrypted under the key "k1", and there are k2/);
  });

  it('refuses another key under the same id', async () => {
    await expect(codecOf(aKey('k1')).decode([await encrypted()], caseOne)).rejects.toThrow(/altered/);
  });

  it('refuses every payload of which one byte was altered, be it nonce, text, tag, key id or workflow', async () => {
    const codec = codecOf(k1, k2);
    const { metadata, data } = await encrypted(codec);
    for (let place = 0; place < data!.byteLength; place += 1) {
      const altered = Buffer.from(data!);
      altered[place]! ^= 1;
      await expect(codec.decode([{ metadata: metadata!, data: altered }])).rejects.toThrow(/altered/);
    }
    for (const [field, value] of [
      ['encryption-key-id', 'k2'],
      ['encryption-subject', 'case/2'],
      ['encryption-subject', ''],
    ] as const) {
      const altered = { metadata: { ...metadata, [field]: Buffer.from(value) }, data: data! };
      await expect(codec.decode([altered])).rejects.toThrow(/altered/);
    }
    for (const short of [Buffer.alloc(0), Buffer.from(data!.subarray(0, 20))])
      await expect(codec.decode([{ metadata: metadata!, data: short }])).rejects.toThrow(/altered/);
  });

  it('refuses a payload that was put into another workflow', async () => {
    const payload = await encrypted();
    expect(subjectOf(payload)).toBe('case/1');
    await expect(codecOf(k1).decode([payload], caseTwo)).rejects.toThrow('was found in case/2');
  });
});

describe('PAYLOAD_KEYS', () => {
  const key = randomBytes(32).toString('base64');
  it.each([
    ['no usable id before a colon in its entry 1', key],
    ['no usable id', `k 1:${key}`],
    ['entry 2', `k1:${key},`],
    ['not 32 bytes', `k1:${randomBytes(16).toString('base64')}`],
    ['a key k1 that is not', `k1:${key.slice(0, 20)}!${key.slice(20)}`],
    ['two keys under the id k1', `k1:${key},k1:${key}`],
  ])('are refused (%s) without telling a key', (because, text) => {
    const parse = () => parsePayloadKeys(text);
    expect(parse).toThrow(because);
    expect(parse).not.toThrow(key);
  });

  it('are read in their order', () => {
    expect(parsePayloadKeys(`new:${key}, old.1:${key}`).map(({ id }) => id)).toEqual(['new', 'old.1']);
  });
});
