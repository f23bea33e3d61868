import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { Problem } from '../problems.ts';

/** The built console, and where the embedded stack says who may be played in it. */
export type ConsoleFiles = {
  folder: string;
  /** A file of the embedded stack with demo tokens; never there in production. */
  demoParties: string | undefined;
};

/**
 * Nothing from elsewhere and nothing inline. Files that people have uploaded are read with their token and shown as images and
 * videos out of memory (`blob:`), never as a document of this origin. EVI-3
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  'media-src blob:',
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const loopback = ['127.0.0.1', 'localhost', '[::1]', '::1'];
const aYear = 'public, max-age=31536000, immutable';

/** The web console: its files, whose names carry their hash, and the one page that all its addresses show. */
export function consoleRoutes({ folder, demoParties }: ConsoleFiles): Router {
  const root = join(folder, 'assets');
  const router = Router();
  router.get('/', (_, response) => response.redirect(302, '/console/'));
  router.use('/console', guarded);
  if (demoParties !== undefined) router.get('/console/demo-parties.json', demo(demoParties));

  router.get('/console/assets/:name', async (request, response, next) => {
    const { name } = request.params;
    if (!/^[\w-]+(?:\.[\w-]+)*\.(?:js|css|svg)$/.test(name) || !(await isFile(join(root, name)))) return next();
    const zipped = request.acceptsEncodings('gzip') === 'gzip' && (await isFile(join(root, `${name}.gz`)));
    response.set('Cache-Control', aYear).vary('Accept-Encoding').type(name);
    if (zipped) response.set('Content-Encoding', 'gzip');
    response.sendFile(zipped ? `${name}.gz` : name, { root, cacheControl: false });
  });

  router.get(/^\/console(?:\/.*)?$/, (request, response, next) => {
    if (request.path === '/console') return response.redirect(301, '/console/');
    if (/\/assets\/|\.[a-z]+$/.test(request.path)) return next();
    response.set('Cache-Control', 'no-cache').sendFile('index.html', { root: folder, cacheControl: false });
  });
  return router;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const guarded: RequestHandler = (_, response, next) => {
  response.locals['route'] = '/console';
  response.set({ 'Content-Security-Policy': contentSecurityPolicy, 'Referrer-Policy': 'no-referrer' });
  next();
};

/** Whom one may play. Only at names of this machine: another name that leads here is somebody else's page asking. */
const demo = (file: string) => async (request: Request, response: Response) => {
  if (!loopback.includes(request.hostname)) throw Problem.of('not_found', `there is nothing at ${request.path}`);
  const text = await readFile(file, 'utf8').catch(() => {
    throw Problem.of('not_found', 'the demo parties are not known yet');
  });
  response.set('Cache-Control', 'no-store').type('json').send(text);
};
