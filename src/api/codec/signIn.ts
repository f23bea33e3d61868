import express, { type Request, type Response, Router } from 'express';
import type { Role } from '../../domain/parties.ts';
import type { Edge } from '../authentication.ts';

const cookieName = 'aftersales-codec';
const loopback = ['127.0.0.1', 'localhost', '::1'];

/** The token that an operator's browser has signed in with. */
export function tokenOfCookie(request: Request): string | undefined {
  const cookies =
    request
      .get('cookie')
      ?.split(';')
      .map((one) => one.trim().split('=')) ?? [];
  return cookies.find(([name]) => name === cookieName)?.[1];
}

/**
 * A page for operators whose Temporal UI has no login of its own, and so no token to pass on: they sign in here with a token, and
 * the UI's requests bring it as a cookie. It goes to this path of this site alone, scripts don't see it, and other sites' pages
 * don't send it.
 */
export function signInRoutes({ callerOfToken, limitAddress }: Edge, operator: Role): Router {
  const router = Router();
  router.get('/codec', (_, response) => sendPage(response, 200, ''));
  router.post(
    '/codec',
    limitAddress,
    express.urlencoded({ extended: false, limit: '16kb' }),
    async (request, response) => {
      const { token = '' } = (request.body ?? {}) as { token?: unknown };
      const given = typeof token === 'string' ? token.trim() : '';
      const caller = await callerOfToken(`Bearer ${given}`).catch(() => undefined);
      if (caller?.role !== operator) {
        sendPage(response, 401, `That is no valid token of the role ${operator}.`);
        return;
      }
      response.cookie(cookieName, given, {
        path: '/codec',
        httpOnly: true,
        sameSite: 'strict',
        secure: !loopback.includes(request.hostname),
      });
      sendPage(response, 200, 'Signed in until this browser is closed or the token ends. Reload the Temporal UI.');
    },
  );
  return router;
}

/** `said` is our own text, never what was sent. */
function sendPage(response: Response, status: number, said: string): void {
  response
    .status(status)
    .type('html')
    .send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Decrypting in the Temporal UI</title>
<h1>Decrypting in the Temporal UI</h1>
<p>${said}</p>
<form method="post" action="/codec"><label>Token of an admin <input name="token" type="password" autocomplete="off" required></label>
<button>Sign in</button></form>
<p>Then open the codec server settings in the Temporal UI and tick <b>Include cross-origin credentials</b>.</p>
</html>`);
}
