import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { showClockSkew } from '../observe/clockSkew.ts';

type Dependency = 'mongodb' | 'temporal';

/** What is asked when the figures are. */
export type Sources = {
  /** How many commands are waited for. */
  commandsWaiting: () => number;
  streamsOpen: () => number;
  /** Whether each server this process needs answers now. */
  dependencies: () => Promise<Record<Dependency, 'up' | 'down'>>;
  /** The database server's clock, UTC ms. */
  serverClock: () => Promise<number>;
};

/** How a command went: judged, still open when its caller was answered, not taken by any workflow, or not known whether it arrived. */
export type CommandAnswer = 'accepted' | 'refused' | 'pending' | 'not_running' | 'unknown';

/** What routes and what runs beside them report. */
export type ApiMetrics = {
  /** From handing a command over to its outcome, or to giving up waiting. */
  commandAnswered: (subject: string, answer: CommandAnswer, seconds: number) => void;
  evidenceReceived: (bytes: number) => void;
  /** The stream of changes was opened, for the first time or again. */
  changesOpened: () => void;
};

/** Figures of this process, and of the requests it answers, for Prometheus. */
export function metrics({ commandsWaiting, streamsOpen, dependencies, serverClock }: Sources): {
  measure: RequestHandler;
  show: RequestHandler;
  report: ApiMetrics;
} {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  showClockSkew(register, serverClock);
  const duration = new Histogram({
    name: 'aftersales_http_request_duration_seconds',
    help: 'Time from a request’s first byte to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const outcomes = new Histogram({
    name: 'aftersales_command_outcome_seconds',
    help: 'Time from handing a command over to its outcome, by the kind of its subject and what its caller was told',
    labelNames: ['subject', 'answer'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5],
    registers,
  });
  const evidence = new Counter({
    name: 'aftersales_evidence_received_bytes_total',
    help: 'Bytes of evidence taken in',
    registers,
  });
  const openings = new Counter({
    name: 'aftersales_change_stream_openings_total',
    help: 'How often the stream of changes was opened; more than once where it was lost',
    registers,
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
  const servers = new Gauge({
    name: 'aftersales_dependency_up',
    help: 'Whether a server this process needs answers within a second',
    labelNames: ['dependency'] as const,
    registers: [],
    async collect() {
      for (const [dependency, part] of Object.entries(await dependencies()))
        this.set({ dependency }, part === 'up' ? 1 : 0);
    },
  });
  register.registerMetric(servers);
  return {
    report: {
      commandAnswered: (subject, answer, seconds) => outcomes.observe({ subject, answer }, seconds),
      evidenceReceived: (bytes) => evidence.inc(bytes),
      changesOpened: () => openings.inc(),
    },
    measure(request, response, next) {
      const startedAt = process.hrtime.bigint();
      response.once('finish', () => {
        const route = (response.locals['route'] as string | undefined) ?? 'none';
        duration.observe(
          {
            method: methods.includes(request.method) ? request.method : 'other',
            route,
            status: String(response.statusCode),
          },
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

/** Node takes any of the standard's methods; a label takes only those that mean something here. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
