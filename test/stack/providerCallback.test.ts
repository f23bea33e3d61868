import { describe, expect, it } from 'vitest';
import { verifySandboxCallback } from '../../src/activities/payments/sandbox.ts';

const secret = 's'.repeat(32);
const key = 'case/c1/refund/1';

describe('a callback', () => {
  // Made with: printf '1700000000.{"key":…}' | openssl dgst -sha256 -hmac ssssssssssssssssssssssssssssssss
  const body = Buffer.from(
    '{"key":"case/c1/refund/1","outcome":"done","reference":"sbx-1","at":"2023-11-14T22:13:20.000Z"}',
  );
  const header = 't=1700000000,v1=f2a54126374c975d604b8f581d768ba58dd6cef13e5c0e602394033f6fa78889';
  const sentAt = 1_700_000_000_000;
  const verify = (changed: { body?: Buffer; header?: string | undefined; at?: number; secret?: string }) =>
    verifySandboxCallback(
      changed.secret ?? secret,
      changed.body ?? body,
      'header' in changed ? changed.header : header,
      changed.at ?? sentAt,
      300_000,
    );

  it('of the provider is taken', () => {
    expect(verify({})).toEqual({
      ok: true,
      callback: { key, outcome: 'done', reference: 'sbx-1', at: sentAt },
    });
  });

  it.each([
    ['without a signature', { header: undefined }, 'signature_missing'],
    ['with a signature of another form', { header: 'sha256=abc' }, 'signature_invalid'],
    ['with a signature too short', { header: 't=1700000000,v1=ab' }, 'signature_invalid'],
    ['with another body', { body: Buffer.from(body.toString().replace('done', 'lost')) }, 'signature_invalid'],
    ['with another time', { header: header.replace('t=1700000000', 't=1700000001') }, 'signature_invalid'],
    ['under another secret', { secret: 'x'.repeat(32) }, 'signature_invalid'],
    ['played again later', { at: sentAt + 300_001 }, 'signature_expired'],
    ['from the future', { at: sentAt - 300_001 }, 'signature_expired'],
  ])('%s is not taken', (_, changed, code) => {
    expect(verify(changed)).toEqual({ ok: false, code });
  });
});
