import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Counts = { commandsWaiting: () => number; streamsOpen: () => number };

/** Figures of this process, and of the requests it answers, for Prometheus. */
export function metrics({ commandsWaiting, streamsOpen }: Counts): { measure: RequestHandler; show: RequestHandler } {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const duration = new Histogram({
    name: 'aftersales_http_request_duration_seconds',
    help: 'Time from a request’s first byte to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [register],
  });
  const gauge = (name: string, help: string, count: () => number) =>
    register.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(count());
        },
      }),
    );
  gauge('aftersales_commands_waiting', 'Commands whose outcome is waited for', commandsWaiting);
  gauge('aftersales_streams_open', 'Open live streams', streamsOpen);
  return {
    measure(request, response, next) {
      const startedAt = process.hrtime.bigint();
      response.once('finish', () => {
        const route = (response.locals['route'] as string | undefined) ?? 'none';
        duration.observe(
          { method: request.method, route, status: String(response.statusCode) },
          Number(process.hrtime.bigint() - startedAt) / 1e9,
        );
      });
      next();
    },
    async show(_, response) {
      response.type(register.contentType).send(await register.metrics());
    },
  };
}
