import { createHmac } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySandboxCallback } from '../../src/activities/payments/sandbox.ts';
import { parsePayloadKeys, UnusableKeys } from '../../src/codec/keys.ts';
import { PayloadUndecodable, payloadCodec } from '../../src/codec/payloadCodec.ts';
import { readDuration } from '../../src/domain/policy/duration.ts';
import { evidenceTypes } from '../../src/domain/policy/evidenceTypes.ts';
import { readSettings, SettingsError } from '../../src/settings.ts';
import { cleanName, detectType, readDeclaredType, textCheck } from '../../src/store/evidenceType.ts';
import { subjectNamed } from '../../src/store/queries.ts';

// What reads what others have written: whatever it is, it is read as meant or refused, and never anything else. Cursors are in
// test/e2e/abuse, commands' and orders' fields in test/domain/fields.

const anything = fc.string({ unit: 'binary', maxLength: 60 });

describe('POL-1, POL-7: a duration', () => {
  const part = fc.option(fc.nat({ max: 999 }), { nil: undefined });

  it('of weeks, days, hours, minutes and seconds is as long as these together', () => {
    fc.assert(
      fc.property(part, part, part, part, part, fc.nat({ max: 999 }), (w, d, h, m, s, millis) => {
        const seconds = s === undefined ? '' : `${s}${millis === 0 ? '' : `.${String(millis).padStart(3, '0')}`}S`;
        const amount = (value: number | undefined, unit: string) => (value === undefined ? '' : `${value}${unit}`);
        const days = amount(w, 'W') + amount(d, 'D');
        const time = amount(h, 'H') + amount(m, 'M') + seconds;
        const text = `P${days}${time && `T${time}`}`;
        const minutes = (((w ?? 0) * 7 + (d ?? 0)) * 24 + (h ?? 0)) * 60 + (m ?? 0);
        const ms = minutes * 60_000 + (s === undefined ? 0 : s * 1_000 + millis);
        expect(readDuration(text)).toBe(days + time === '' || ms === 0 ? undefined : ms);
      }),
    );
  });

  it('is exact and longer than nothing, or none, whatever is written', () => {
    const nearly = fc.stringMatching(/^P?\d{0,20}[WDTHMSY.]{0,3}\d{0,12}[A-Z]?$/);
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (text) => {
        const ms = readDuration(text);
        if (ms !== undefined) expect(Number.isSafeInteger(ms) && ms > 0 && /^P[\dWDTHMS.]+$/.test(text)).toBe(true);
      }),
    );
  });
});

describe('settings', () => {
  const names = [
    'PORT',
    'WORKER_PORT',
    'HOST',
    'MONGODB_URL',
    'TEMPORAL_ADDRESS',
    'AUTH_SECRET',
    'AUTH_JWKS_URL',
    'PAYLOAD_KEYS',
    'CODEC_ORIGINS',
    'DEADLINE_GRACE',
    'DOMAIN_METRICS_EVERY',
    'RATE_LIMIT',
    'TRUSTED_PROXIES',
    'LOG_LEVEL',
    'SMTP_URL',
    'PRIVATE_WEBHOOKS',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'TEMPORAL_WORKER_BUILD_ID',
    'TEMPORAL_DEPLOYMENT_NAME',
  ];

  it('are usable, or every fault is told with its mend, whatever is set', () => {
    const text = fc.oneof(anything, fc.webUrl(), fc.nat().map(String), fc.ipV4(), fc.constantFrom('', ' ', 'PT5S'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (environment) => {
        try {
          const { port, rateLimit, deadlineGraceMs } = readSettings(environment);
          expect(port >= 0 && port <= 65_535 && rateLimit >= 1 && deadlineGraceMs >= 0).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          for (const fault of (error as SettingsError).faults)
            expect([fault.setting, fault.problem, fault.mend]).not.toContain('');
        }
      }),
    );
  });

  it('PAYLOAD_KEYS: keys as they were given, or a refusal that tells none of them', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
    const key = fc.uint8Array({ minLength: 28, maxLength: 36 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    fc.assert(
      fc.property(fc.array(fc.tuple(id, key), { minLength: 1, maxLength: 4 }), (given) => {
        const ids = given.map(([name]) => name);
        const isUsable =
          new Set(ids).size === ids.length && given.every(([, text]) => Buffer.from(text, 'base64').byteLength === 32);
        try {
          const keys = parsePayloadKeys(given.map(([name, text]) => `${name}:${text}`).join(', '));
          expect(keys.map((one) => [one.id, one.key.export().toString('base64')])).toEqual(given);
          expect(isUsable).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnusableKeys);
          expect(isUsable).toBe(false);
          for (const [, text] of given) expect((error as Error).message).not.toContain(text.slice(0, 12));
        }
      }),
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(() => parsePayloadKeys(text)).toThrow(UnusableKeys);
      }),
    );
  });
});

describe('EVI-1, EVI-2: files', () => {
  it('a name is shown without path, control characters and turned writing, and again is as once', () => {
    const awkward = fc.constantFrom('/', '\\', '..', '\u202E', '\u0000', '\r\n', ' ', '.', '证', '📷', '.jpg');
    const name = fc.array(fc.oneof(awkward, anything), { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'grapheme', minLength: 190, maxLength: 400 })), (text) => {
        const clean = cleanName(text);
        expect(clean).not.toMatch(/[/\\\p{Cc}\p{Cs}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u);
        expect(clean.length > 0 && Array.from(clean).length <= 200).toBe(true);
        expect(clean).not.toMatch(/^\.*$/);
        expect(cleanName(clean)).toBe(clean);
      }),
    );
  });

  it('a content has one of the types that are taken, or none, whatever its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect([undefined, ...evidenceTypes]).toContain(await detectType(bytes));
      }),
    );
    fc.assert(
      fc.property(anything, (declared) => {
        expect(['undeclared', 'not_allowed', ...evidenceTypes]).toContain(readDeclaredType(declared));
      }),
    );
  });

  it('text is UTF-8 without NUL, in whichever pieces it comes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((one) => Buffer.from(one));
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one)),
        ),
        cuts,
        (bytes, places) => {
          const check = textCheck();
          const at = [0, ...places.filter((place) => place < bytes.length).toSorted((a, b) => a - b), bytes.length];
          const held = at.slice(1).every((end, index) => check.holds(bytes.subarray(at[index], end))) && check.ends();
          expect(held).toBe(!bytes.includes(0) && Buffer.from(bytes.toString('utf8')).equals(bytes));
        },
      ),
    );
  });
});

describe('a provider’s callback', () => {
  const secret = 's'.repeat(32);
  const sentAt = 1_700_000_000;
  const sign = (body: Uint8Array, by = secret) =>
    `t=${sentAt},v1=${createHmac('sha256', by).update(`${sentAt}.`).update(body).digest('hex')}`;
  const verify = (body: Uint8Array, header: string | undefined) =>
    verifySandboxCallback(secret, body, header, sentAt * 1_000, 300_000);

  it('is not taken under any header but its signature’s', () => {
    const body = Buffer.from(
      '{"key":"case/c1/refund/1","outcome":"done","reference":"r","at":"2023-11-14T22:13:20.000Z"}',
    );
    expect(verify(body, sign(body)).ok).toBe(true);
    const nearly = fc
      .tuple(fc.nat({ max: sign(body).length - 1 }), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([place, character]) => sign(body).slice(0, place) + character + sign(body).slice(place + 1))
      .filter((header) => header !== sign(body));
    fc.assert(
      fc.property(fc.oneof(anything, nearly, fc.constant(sign(body, 'x'.repeat(32)))), (header) => {
        expect(verify(body, header).ok).toBe(false);
      }),
    );
  });

  it('that is signed and says nothing we understand is refused as that', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((json) => Buffer.from(json)),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        expect(verify(body, sign(body))).toEqual({ ok: false, code: 'callback_unreadable' });
      }),
    );
  });
});

describe('an encrypted payload', () => {
  const codec = payloadCodec(parsePayloadKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`));
  const here = { type: 'workflow', namespace: 'default', workflowId: 'case/1' } as const;

  it('gives back any value, and none once a byte of it has changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (value, place, change) => {
        const [payload] = await codec.encode([defaultPayloadConverter.toPayload(value)], here);
        const [back] = await codec.decode([payload!], here);
        expect(defaultPayloadConverter.fromPayload(back!)).toEqual(JSON.parse(JSON.stringify(value)));
        const data = Buffer.from(payload!.data!);
        const at = place % data.length;
        data[at] = data[at]! ^ change;
        await expect(codec.decode([{ ...payload!, data }], here)).rejects.toThrow(PayloadUndecodable);
      }),
    );
  });
});

it('the name of a subject is its kind and id, or names none', () => {
  const kind = fc.constantFrom('case', 'order', 'ticket', 'cases', '');
  fc.assert(
    fc.property(kind, anything, (of, id) => {
      const found = subjectNamed(`${of}/${id}`);
      if (found) expect(`${found.kind}/${found.id}`).toBe(`${of}/${id}`);
      else expect(!['case', 'order', 'ticket'].includes(of) || /^$|[\n\r\u2028\u2029]/.test(id)).toBe(true);
    }),
  );
});
