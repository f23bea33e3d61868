import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';

/** Whoever sends slowly holds a connection no longer than this, in ms: 100 MB in ten minutes are 1.4 Mbit a second. */
export const patience = {
  headersTimeout: 10_000,
  requestTimeout: 600_000,
  connectionsCheckingInterval: 5_000,
} satisfies ServerOptions;

/** An HTTP server that waits no longer than this for its callers: who takes longer is answered 408 and cut off. */
export const patientServer = (listener: RequestListener, bounds: ServerOptions = patience): Server =>
  createServer(bounds, listener);
