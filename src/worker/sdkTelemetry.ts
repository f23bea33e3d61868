import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DefaultLogger, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

const loopback = '127.0.0.1';
/** A scrape waits no longer for the SDK's share. */
const withinMs = 1_000;

/** The SDK says so too, with errors as they came; the activities' interceptor tells it under our own names. */
const toldElsewhere = 'Activity failed';

/**
 * How the SDK's runtime logs and measures: into our log, and to a port of its own on loopback, since it can only be scraped.
 * `sdkMetrics` fetches what it shows, for our own answer; empty where it can't be had.
 */
export async function sdkTelemetry(
  log: Logger,
): Promise<{ options: RuntimeOptions; sdkMetrics: () => Promise<string> }> {
  const bindAddress = `${loopback}:${await freePort()}`;
  return {
    options: {
      logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
        if (message === toldElsewhere) return;
        // a task that can't be begun comes with all it carries: names and addresses have no place in a log
        const {
          workflowId,
          workflowRunId,
          activityType,
          taskToken: _,
          task: _whole,
          taskEncoded: _bytes,
          ...rest
        } = meta ?? {};
        log[level === 'ERROR' ? 'error' : 'warn'](
          { subject: workflowId, run: workflowRunId, activity: activityType, ...rest },
          message,
        );
      }),
      telemetryOptions: {
        // what its core warns of, too: by itself it writes plain text to the terminal
        logging: { filter: 'WARN', forward: {} },
        metrics: {
          prometheus: { bindAddress, useSecondsForDurations: true, unitSuffix: true, countersTotalSuffix: true },
        },
      },
      shutdownSignals: [],
    },
    async sdkMetrics() {
      try {
        const answer = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(withinMs) });
        return await answer.text();
      } catch (error) {
        log.warn({ err: error }, 'the SDK’s own metrics can’t be had');
        return '';
      }
    },
  };
}

/** The SDK doesn't tell which port it took, so it is given one that is free. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
