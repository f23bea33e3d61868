import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { type Role, signToken } from '../../src/cli/tokens.ts';

type Answer = { id: string; status: string; [other: string]: unknown };

/** Somebody who uses the API of a running service. */
export type Caller = {
  token: string;
  get: (path: string) => Promise<Answer>;
  post: (path: string, body?: unknown) => Promise<Answer>;
  put: (path: string, body: unknown) => Promise<Answer>;
  photo: (seed: number, kind?: string) => Promise<string>;
  file: (name: string, type: string, content: string | Uint8Array<ArrayBuffer>, kind?: string) => Promise<string>;
};

/** People of a service that runs at this URL and checks tokens by this secret. */
export function peopleOf(apiUrl: string, secret: string) {
  return async (role: Role, sub: string): Promise<Caller> => {
    const token = await signToken({ role, sub }, secret);
    const ask = async (method: string, path: string, body?: string | FormData): Promise<Answer> => {
      const key = randomUUID();
      for (let attempt = 1; ; attempt += 1) {
        const response = await fetch(`${apiUrl}${path}`, {
          method,
          ...(body === undefined ? {} : { body }),
          headers: {
            authorization: `Bearer ${token}`,
            ...(method === 'POST' ? { 'idempotency-key': key } : {}),
            ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
          },
        });
        if ([202, 429, 503].includes(response.status) && attempt < 60) {
          await response.body?.cancel();
          await delay(500);
          continue;
        }
        const text = await response.text();
        if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
        return JSON.parse(text) as Answer;
      }
    };
    async function file(
      name: string,
      type: string,
      content: string | Uint8Array<ArrayBuffer>,
      kind = 'product_photo',
    ): Promise<string> {
      const form = new FormData();
      form.set('kind', kind);
      form.set('file', new Blob([content], { type }), name);
      return (await ask('POST', '/v1/evidence', form)).id;
    }
    return {
      token,
      get: (path) => ask('GET', path),
      put: (path, body) => ask('PUT', path, JSON.stringify(body)),
      post: (path, body = {}) => ask('POST', path, JSON.stringify(body)),
      file,
      photo: (seed, kind) => file(`照片${seed}.png`, 'image/png', new Uint8Array(picture(seed)), kind),
    };
  };
}

export type People = Awaited<ReturnType<typeof peopleOf>>;

type OrderWish = {
  consumer: string;
  merchant: string;
  title: string;
  price: number;
  quantity?: number;
  paymentMethod?: 'online' | 'cod';
};

/** An order that has been delivered. */
export async function delivered(people: People, wish: OrderWish): Promise<string> {
  const { consumer, merchant, title, price, quantity = 1, paymentMethod = 'online' } = wish;
  const service = await people('service', 's-1');
  const seller = await people('merchant', merchant);
  const { id } = await service.post('/v1/orders', {
    consumerId: consumer,
    merchantId: merchant,
    paymentMethod,
    currency: 'CNY',
    postage: 1_000,
    lines: [{ lineId: 'l-1', sku: 'sku-1', title, quantity, unitPrice: price, noReasonReturn: true }],
    shippingAddress: {
      name: '张三',
      phone: '13800000000',
      province: '上海市',
      city: '上海市',
      district: '徐汇区',
      street: '漕溪北路 1 号',
    },
  });
  if (paymentMethod === 'online')
    await service.post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: price * quantity + 1_000 });
  else await seller.post(`/v1/orders/${id}/confirmation`);
  await seller.post(`/v1/orders/${id}/shipment`, { carrier: '顺丰速运', trackingNumber: 'SF1234567890' });
  await service.post(`/v1/orders/${id}/delivery`);
  return id;
}

/** A case once it stands somewhere. */
export async function comesTo(who: Caller, caseId: string, ...statuses: string[]): Promise<Answer> {
  for (let look = 0; look < 240; look += 1) {
    const found = await who.get(`/v1/cases/${caseId}`);
    if (statuses.includes(found.status)) return found;
    await delay(250);
  }
  throw new Error(`case ${caseId} did not come to ${statuses.join(' or ')}`);
}

/** A small picture, another for each seed: soft stripes. */
export function picture(seed: number): Buffer {
  const size = 160;
  const rows: number[] = [];
  for (let y = 0; y < size; y += 1) {
    rows.push(0);
    for (let x = 0; x < size; x += 1) {
      const band = Math.floor((x * (1 + (seed % 3)) + y * (2 + (seed % 2))) / 26 + seed) % 5;
      rows.push(
        70 + band * 30 + ((seed * 37) % 50),
        110 + ((seed * 53 + band * 21) % 110),
        120 + ((seed * 91 + band * 13) % 100),
      );
    }
  }
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
