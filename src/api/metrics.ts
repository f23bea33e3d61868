import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures of this process, and of the requests it answers, for Prometheus. */
export function metrics(waiting: () => number): { measure: RequestHandler; show: RequestHandler } {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const duration = new Histogram({
    name: 'aftersales_http_request_duration_seconds',
    help: 'Time from a request’s first byte to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [register],
  });
  const commands = new Gauge({
    name: 'aftersales_commands_waiting',
    help: 'Commands whose outcome is waited for',
    registers: [],
    collect() {
      this.set(waiting());
    },
  });
  register.registerMetric(commands);
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
