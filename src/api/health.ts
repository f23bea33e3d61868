import { Router } from 'express';
import type { Service } from './context.ts';

const readyWithinMs = 1_000;

type Part = 'up' | 'down';

async function partOf(check: () => Promise<unknown>): Promise<Part> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Part>((resolve) => {
    timer = setTimeout(() => resolve('down'), readyWithinMs);
  });
  const up = check().then(
    (): Part => 'up',
    (): Part => 'down',
  );
  try {
    return await Promise.race([up, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the servers behind the API answer within a second. */
export async function dependencies({ store, temporal, clock }: Pick<Service, 'store' | 'temporal' | 'clock'>): Promise<{
  mongodb: Part;
  temporal: Part;
}> {
  const [mongodb, temporalState] = await Promise.all([
    partOf(() => store.queries.ping()),
    partOf(() => temporal.ping(clock() + readyWithinMs)),
  ]);
  return { mongodb, temporal: temporalState };
}

/** Whether the process lives, and whether what it needs is there. While Temporal is away reads are served all the same. */
export function healthRoutes(service: Service): Router {
  const router = Router();
  router.get('/healthz', (_, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_, response) => {
    const parts = await dependencies(service);
    const ready = Object.values(parts).every((part) => part === 'up');
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready', ...parts });
  });
  return router;
}
