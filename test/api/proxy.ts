import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The way to a server, which can be cut or held up, and mended. */
export type Way = { port: number; cut: () => void; hold: () => void; mend: () => void; close: () => Promise<void> };

/**
 * Stands between a client and the server at `host:port`. Cut, it drops every connection and takes no more; held up, it keeps all
 * open and lets nothing through.
 */
export async function wayTo(host: string, port: number): Promise<Way> {
  const open = new Map<Socket, Socket>();
  let whole = true;
  let held = false;
  const server: Server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(port, host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.set(one, other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      if (!held) one.pipe(other);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const drop = () => {
    for (const socket of open.keys()) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      whole = false;
      drop();
    },
    hold() {
      held = true;
      for (const [one, other] of open) one.unpipe(other).pause();
    },
    mend() {
      whole = true;
      if (held) for (const [one, other] of open) one.pipe(other);
      held = false;
    },
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      drop();
      await closed;
    },
  };
}
