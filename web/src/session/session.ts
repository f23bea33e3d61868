import { useSyncExternalStore } from 'react';

/** Who is signed in, by the token's own word: the API judges it, this only shows it. */
export type Session = { token: string; role: string; sub: string };

type State = { session: Session | undefined; expired: boolean };

const place = 'aftersales.session';
const listeners = new Set<() => void>();
let state: State = { session: readStart(), expired: false };

/** Where the marketplace hands its token over in the address (`#token=`), it is taken out of there at once. */
function readStart(): Session | undefined {
  const handedOver = /^#token=([^&]+)/.exec(location.hash)?.[1];
  if (handedOver !== undefined) {
    history.replaceState(history.state, '', location.pathname + location.search);
    const session = sessionOf(decodeURIComponent(handedOver));
    if (session) keep(session);
    return session;
  }
  return keptSession();
}

function keptSession(): Session | undefined {
  const token = sessionStorage.getItem(place);
  return token === null ? undefined : sessionOf(token);
}

/** What somebody else has typed or looked for in this tab is gone with them. */
function keep(session: Session): void {
  const before = keptSession();
  if (before?.role !== session.role || before.sub !== session.sub) sessionStorage.clear();
  sessionStorage.setItem(place, session.token);
}

/** What a token says of its bearer; undefined where it is none of ours. */
export function sessionOf(token: string): Session | undefined {
  try {
    const [, claims = ''] = token.trim().split('.');
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const { sub, role } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; role?: unknown };
    return typeof sub === 'string' && typeof role === 'string' ? { token: token.trim(), role, sub } : undefined;
  } catch {
    return undefined;
  }
}

function become(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

export const currentSession = (): Session | undefined => state.session;

export function signIn(session: Session): void {
  keep(session);
  become({ session, expired: false });
}

/** Leaves nothing behind: what was typed was this person's own. */
export function signOut(): void {
  sessionStorage.clear();
  become({ session: undefined, expired: false });
}

/** The API no longer takes the token: the page stays as it is, and asks to sign in again on top of it. */
export function tokenExpired(token: string): void {
  if (state.session?.token === token && !state.expired) become({ ...state, expired: true });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): State => useSyncExternalStore(subscribe, () => state);
