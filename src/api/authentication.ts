import type { Request, RequestHandler, Response } from 'express';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { type Role, roles } from '../domain/parties.ts';
import type { AuthSettings } from '../settings.ts';
import { Problem } from './problems.ts';

/** Who calls, as its token says, and until when (UTC ms), where it says so. */
export type Caller = { role: Role; id: string; expiresAt?: number };

/** What must be in a token for us; ids as people's systems give them, without what could break a line or an id. */
const claims = z.object({ sub: z.string().regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u), role: z.enum(roles) });

/** Signatures by a key pair; an issuer's key set never holds a shared secret. */
const publicKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const keySetTimeoutMs = 3_000;
const keysAgainAfterMs = 10 * 60_000;
const keysGoodForMs = 24 * 3_600_000;
/** Checking a signature takes a tenth of a read: a token that was good a moment ago is taken at its word, never past its end. */
const rememberedMs = 10_000;
const mostRemembered = 10_000;
const clockToleranceS = 5;

/**
 * Checks the token of an `Authorization` header and says who calls.
 * @throws Problem `unauthenticated` for every token that is missing, expired, unsigned, signed in another way or by another, or
 * incomplete; `key_set_unavailable` where the issuer's keys can't be had.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/** Who calls is known by its token; who can't be known is limited by its address. */
export type Edge = { callerOfToken: Authenticate; limitAddress: RequestHandler };

/** Finds out who calls, by what stands for its `Authorization` header. @throws Problem as {@link Authenticate}, or `rate_limited` */
export async function identify(
  { callerOfToken, limitAddress }: Edge,
  authorization: string | undefined,
  request: Request,
  response: Response,
): Promise<void> {
  try {
    response.locals['caller'] = await callerOfToken(authorization);
  } catch (error) {
    await limitAddress(request, response, (limited: unknown) => {
      if (limited) throw limited;
    });
    throw error;
  }
}

/** Authentication by the settings' shared secret or issuer; `clock` in UTC ms. */
export function authentication(settings: AuthSettings, clock: () => number): Authenticate {
  const verify = verifier(settings, clock);
  const lately = new Map<string, { caller: Caller; until: number }>();
  return async (authorization) => {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
    if (!token) throw unauthenticated('send a token: Authorization: Bearer <JWT>');
    const now = clock();
    const known = lately.get(token);
    if (known && now < known.until) return known.caller;
    const payload = await verify(token);
    const checked = claims.safeParse(payload);
    if (!checked.success) throw unauthenticated(`the token must name sub and role (${roles.join(', ')})`);
    const { role, sub: id } = checked.data;
    const caller = { role, id, ...(payload.exp === undefined ? {} : { expiresAt: payload.exp * 1000 }) };
    if (lately.size >= mostRemembered) lately.clear();
    lately.set(token, { caller, until: Math.min(caller.expiresAt ?? Number.POSITIVE_INFINITY, now + rememberedMs) });
    return caller;
  };
}

function verifier(settings: AuthSettings, clock: () => number): (token: string) => Promise<JWTPayload> {
  const options = () => ({ clockTolerance: clockToleranceS, currentDate: new Date(clock()) });
  if ('secret' in settings) {
    const key = new TextEncoder().encode(settings.secret);
    return (token) =>
      attempt(async () => (await jwtVerify(token, key, { ...options(), algorithms: ['HS256'] })).payload);
  }
  const { issuer, audience, jwksUrl } = settings;
  const keys = keySet(jwksUrl, clock);
  const own = { algorithms: publicKeyAlgorithms, issuer, audience };
  return (token) =>
    attempt(async () => {
      await keys.ready();
      try {
        return (await jwtVerify(token, keys.of, { ...options(), ...own })).payload;
      } catch (error) {
        // an issuer that names no key in its tokens, while it has two: it is one of them
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
        for await (const key of error) {
          try {
            return (await jwtVerify(token, key, { ...options(), ...own })).payload;
          } catch (other) {
            if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
          }
        }
        throw new errors.JWSSignatureVerificationFailed();
      }
    });
}

/**
 * An issuer's keys, fetched again every ten minutes beside the requests: while it is away, the keys that are there go on being good, for a
 * day, since deadlines go on too. A token that names an unknown key has them fetched at once.
 */
function keySet(url: string, clock: () => number): { of: JWTVerifyGetKey; ready: () => Promise<void> } {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: keySetTimeoutMs,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let fetchedAt: number | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  const fetchKeys = async () => {
    await keys.reload();
    fetchedAt = clock();
  };
  return {
    of: keys,
    async ready() {
      const now = clock();
      if (fetchedAt === undefined || now - fetchedAt > keysGoodForMs) return fetchKeys();
      if (now - Math.max(fetchedAt, triedAt) < keysAgainAfterMs) return;
      triedAt = now;
      // whoever is the first to ask after that waits for it, so that a key that was withdrawn is not good for long; no other does
      await fetchKeys().catch(() => undefined);
    },
  };
}

/** The token's own faults are the caller's; everything else means that the keys could not be had. */
async function attempt(verify: () => Promise<JWTPayload>): Promise<JWTPayload> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired');
    const unfetched = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
    if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC' && !unfetched)
      throw unauthenticated('the token is not valid here');
    throw Problem.of('key_set_unavailable', 'the keys that tokens are checked with can’t be had: try again', {
      headers: { 'Retry-After': '5' },
    });
  }
}

const unauthenticated = (detail: string) =>
  Problem.of('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
