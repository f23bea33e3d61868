import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';

const root = fileURLToPath(new URL('./histories/', import.meta.url));

/** Every recorded history, by release and file. */
export const recordings = readdirSync(root).flatMap((release) =>
  readdirSync(`${root}${release}`).map((file) => [release, file] as const),
);

type Payload = { data: string };
type RecordedEvent = {
  eventType: string;
  workflowTaskStartedEventAttributes?: object;
  activityTaskScheduledEventAttributes?: {
    activityType: { name: string };
    input?: { payloads?: Payload[] };
  };
};
export type Recording = { workflowId: string; history: { events: RecordedEvent[] } };

export const readRecording = (release: string, file: string) =>
  JSON.parse(readFileSync(`${root}${release}/${file}`, 'utf8')) as Recording;

/** What a workflow had carried out: an activity's name and what it was given. */
type Carried = [activity: string, args: unknown[]];

/** A replay has a queue of its own, which some activities are told of. */
const queueless = (json: string): never =>
  JSON.parse(json, (key, value: unknown) => (key === 'taskQueue' ? 'any' : value)) as never;

/** What was carried out when this was recorded, in order. */
export const carriedOut = (events: RecordedEvent[]): Carried[] =>
  events.flatMap(({ activityTaskScheduledEventAttributes: activity }) => {
    if (!activity) return [];
    const args = activity.input?.payloads ?? [];
    return [[activity.activityType.name, args.map(({ data }) => queueless(Buffer.from(data, 'base64').toString()))]];
  });

/**
 * A history up to each of its workflow tasks: what a worker is given that holds nothing of the workflow, and goes on from there. With
 * each, what had been carried out before that task; in it, a patch may take a new way.
 */
export function taskByTask(events: RecordedEvent[]): { events: RecordedEvent[]; before: Carried[] }[] {
  return events.flatMap(({ workflowTaskStartedEventAttributes: started }, index) => {
    // a task that failed or timed out decided nothing
    if (!started || events[index + 1]?.eventType !== 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED') return [];
    const given = events.slice(0, index + 1);
    return [{ events: given, before: carriedOut(given) }];
  });
}

let quiet = false;

/**
 * Replays histories, and answers what each had carried out, or why it can't be replayed: the code would have had Temporal do other
 * things.
 */
export async function replay(
  workflowBundle: WorkflowBundle,
  histories: { workflowId: string; events: RecordedEvent[] }[],
): Promise<(Carried[] | Error)[]> {
  if (!quiet)
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
    });
  quiet = true;
  let carried: Carried[] = [];
  const all: (Carried[] | Error)[] = [];
  const activity = {
    fn: (_: unknown, type: string, args: unknown[]) => void carried.push([type, queueless(JSON.stringify(args))]),
    callDuringReplay: true,
  };
  const given = histories.map(({ workflowId, events }) => ({ workflowId, history: historyFromJSON({ events }) }));
  const replaying = Worker.runReplayHistories({ workflowBundle, sinks: { scheduled: { activity } } }, given);
  for await (const { error } of replaying) {
    all.push(error ?? carried);
    carried = [];
  }
  return all;
}
