import express, { type Express } from 'express';
import type { Mails } from './mails.ts';
import { page } from './page.ts';

/** The catcher's HTTP face: what was caught, for people and for programs. */
export function createApp(mails: Mails): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use((_, response, next) => {
    response.set('x-content-type-options', 'nosniff');
    // also holds in the frames that show mails: no script, nothing loaded from anywhere
    response.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    next();
  });

  app.get('/', (_, response) => {
    response.type('html').send(page(mails.list()));
  });

  app.get('/mails', (request, response) => {
    const { to } = request.query;
    response.json(mails.list(typeof to === 'string' ? to : undefined));
  });

  app.get('/mails/:id', (request, response) => {
    const mail = mails.find(request.params.id);
    if (mail) response.json(mail);
    else response.status(404).json({ code: 'unknown_mail', detail: 'no mail has this id' });
  });

  app.get('/healthz', (_, response) => {
    response.json({ status: 'ok' });
  });

  app.use((_, response) => {
    response.status(404).json({ code: 'no_such_route', detail: 'there is nothing here' });
  });
  return app;
}
