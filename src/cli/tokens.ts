import { SignJWT } from 'jose';

/** Who may call the API. */
export const roles = ['consumer', 'merchant', 'agent', 'admin', 'service'] as const;

/** The part somebody plays in the API. */
export type Role = (typeof roles)[number];

/** A party: a role and who plays it. */
export interface Party {
  role: Role;
  sub: string;
}

/**
 * A token the API accepts where it checks tokens by this HS256 secret.
 * @param expiresIn as `jose` reads it: `12h`, `30 minutes`.
 */
export function signToken({ role, sub }: Party, secret: string, expiresIn = '12h'): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));
}
