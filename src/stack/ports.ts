import { createServer, type Server } from 'node:net';

/**
 * Ports of 127.0.0.1 that are free now: each preferred one where it is, another free one where it is taken.
 * 0 asks for any. All are held until all are found, so that no two are the same.
 */
export async function freePorts(preferred: readonly number[]): Promise<number[]> {
  const held: Server[] = [];
  try {
    for (const port of preferred) held.push(await listen(port).catch(() => listen(0)));
    return held.map((server) => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
      return address.port;
    });
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
