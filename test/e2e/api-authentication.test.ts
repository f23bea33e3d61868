import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { authentication } from '../../src/api/authentication.ts';

const issuer = 'https://login.example.com/';
const audience = 'aftersales';
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

/** An issuer's key set at a URL, and a way to sign with its key. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k-1', alg: 'RS256', use: 'sig' }];
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  undo.push(stop);
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const sign = (claims: { iss?: string; aud?: string; exp?: string }, kid: string | undefined = 'k-1') =>
    new SignJWT({ role: 'agent' })
      .setProtectedHeader({ alg: 'RS256', ...(kid === '' ? {} : { kid }) })
      .setSubject('a-1')
      .setIssuer(claims.iss ?? issuer)
      .setAudience(claims.aud ?? audience)
      .setExpirationTime(claims.exp ?? '1h')
      .sign(privateKey);
  return { jwksUrl, keys, sign, stop };
}

describe('tokens of an issuer, by its key set', () => {
  it('its own are taken; another issuer’s, another audience’s and expired ones are not', async () => {
    const { jwksUrl, sign } = await startIssuer();
    const authenticate = authentication({ jwksUrl, issuer, audience }, Date.now);
    expect(await authenticate(`Bearer ${await sign({})}`)).toMatchObject({ role: 'agent', id: 'a-1' });
    for (const claims of [{ iss: 'https://evil.example.com/' }, { aud: 'shop' }, { exp: '-1m' }]) {
      await expect(authenticate(`Bearer ${await sign(claims)}`)).rejects.toMatchObject({
        status: 401,
        code: 'unauthenticated',
      });
    }
  });

  it('the public key is no shared secret', async () => {
    const { jwksUrl, keys } = await startIssuer();
    const authenticate = authentication({ jwksUrl, issuer, audience }, Date.now);
    const forged = await new SignJWT({ role: 'agent' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k-1' })
      .setSubject('a-1')
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(JSON.stringify(keys[0])));
    await expect(authenticate(`Bearer ${forged}`)).rejects.toMatchObject({ status: 401 });
  });

  it('without the key set nobody is let in or turned away for good: 503', async () => {
    const { jwksUrl, sign, stop } = await startIssuer();
    const token = await sign({});
    await stop();
    const authenticate = authentication({ jwksUrl, issuer, audience }, Date.now);
    await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({ status: 503, code: 'key_set_unavailable' });
  });

  it('while the issuer is away, the keys that were fetched go on being good for a day: deadlines go on too', async () => {
    const { jwksUrl, sign, stop } = await startIssuer();
    let now = Date.now();
    const authenticate = authentication({ jwksUrl, issuer, audience }, () => now);
    const token = await sign({ exp: '30d' });
    await authenticate(`Bearer ${token}`);
    await stop();
    for (const hours of [1, 12, 23]) {
      now = Date.now() + hours * 3_600_000;
      expect(await authenticate(`Bearer ${token}`)).toMatchObject({ id: 'a-1' });
    }
    now = Date.now() + 25 * 3_600_000;
    await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({ status: 503, code: 'key_set_unavailable' });
  });

  it('an issuer whose tokens name no key may change it: either of its keys will do, and no other', async () => {
    const [own, other, strange] = [await startIssuer(), await startIssuer(), await startIssuer()];
    own.keys.push({ ...other.keys[0]!, kid: 'k-2' });
    const authenticate = authentication({ jwksUrl: own.jwksUrl, issuer, audience }, Date.now);
    for (const { sign } of [own, other])
      expect(await authenticate(`Bearer ${await sign({}, '')}`)).toMatchObject({ id: 'a-1' });
    await expect(authenticate(`Bearer ${await strange.sign({}, '')}`)).rejects.toMatchObject({ status: 401 });
    await expect(authenticate(`Bearer ${await other.sign({ exp: '-1m' }, '')}`)).rejects.toMatchObject({ status: 401 });
  });
});

it('a token that was good a moment ago is not good after its end', async () => {
  const secret = 'a secret for this test only, long enough for HS256';
  let now = Date.now();
  const authenticate = authentication({ secret }, () => now);
  const expires = Math.floor(now / 1000) + 2;
  const token = await new SignJWT({ role: 'agent' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('a-1')
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
  expect(await authenticate(`Bearer ${token}`)).toMatchObject({ role: 'agent', id: 'a-1' });
  now = expires * 1000 + 60_000;
  await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({
    status: 401,
    message: 'the token has expired',
  });
});
