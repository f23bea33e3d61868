import { setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import type { PolicyDocument } from '../../src/domain/policy/policy.ts';
import { clerk, retryDeclined } from './clerk.ts';
import { type Clients, clientsOf, type Reply } from './clients.ts';
import { type Fault, faultsOf, Havoc } from './faults.ts';
import { counters, judge } from './judge.ts';
import { listenToWebhooks } from './listener.ts';
import { observe, type Played, settled } from './observe.ts';
import { type Plot, plots } from './plots.ts';
import { type Chance, chanceOf } from './random.ts';
import { storiesOf } from './report.ts';
import { type Shape, type Stack, withStack } from './stack.ts';
import { stageOf } from './stage.ts';

// npm run chaos -- [--cases 120] [--seed 1] [--faults N] [--apis 2] [--workers 2] [--temporal dev|postgres]
// [--events-a-run 40] [--json]: docs/chaos.md.

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string' },
    apis: { type: 'string', default: '2' },
    workers: { type: 'string', default: '2' },
    temporal: { type: 'string', default: 'dev' },
    'events-a-run': { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const whole = (option: Exclude<keyof typeof values, 'temporal' | 'json'>, least = 1): number => {
  const number = Number(values[option]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${option} must be a whole number from ${least}, not ${values[option]}`);
  process.exit(2);
};
if (values.temporal !== 'dev' && values.temporal !== 'postgres') {
  console.error(`--temporal must be dev or postgres, not ${values.temporal}`);
  process.exit(2);
}
const cases = whole('cases');
const seed = whole('seed');
const shape: Shape = {
  apis: whole('apis'),
  workers: whole('workers'),
  temporal: values.temporal,
  eventsARun: whole('events-a-run'),
};
const faultCount = values.faults === undefined ? Math.ceil(cases / 3) : whole('faults', 0);

/** How many plots are played at once, so that two cores bear them. */
const atOnce = 30;
const slackMs = 6_000;
/** How long a plot may take, outages and all. */
const plotMs = 300_000;

/** Everybody has seconds for everything; an outage of more than the tolerance extends a deadline once. POL-6 */
const policy: PolicyDocument = {
  ...defaultPolicy,
  deadlines: {
    ...(Object.fromEntries(
      Object.keys(defaultPolicy.deadlines).map((kind) => [kind, 'PT8S']),
    ) as PolicyDocument['deadlines']),
    unpaidOrder: 'PT12S',
    furtherInformation: 'PT5S',
  },
  reminders: ['PT4S'],
  outageTolerance: 'PT6S',
  lateVoucher: 'PT15S',
};

/** In force for the second half: silence brings no approval, and what is delivered is over soon. POL-2, CASE-3, ORD-1 */
const secondPolicy: PolicyDocument = { ...policy, onMerchantSilence: 'allow_intervention', afterSalesPeriod: 'PT45S' };

const startedAt = Date.now();
const progress = (message: string) =>
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${message}`);

type Result = { failed: boolean; tally: Record<string, number> };

async function run(stack: Stack): Promise<Result> {
  const chance = chanceOf(seed);
  const over = new AbortController();
  // everybody who waits listens to it
  setMaxListeners(0, over.signal);
  const clients = clientsOf({
    apiUrls: stack.apiUrls,
    secret: stack.secret,
    chance: chance.apart('clients'),
    signal: over.signal,
  });
  const admin = await clients.as({ role: 'admin', sub: 'admin-1' });
  const publish = (document: PolicyDocument) => expect201('policy', admin.post('/v1/policies', document));
  await publish(policy);
  const listener = await listenToWebhooks(chance.apart('listener'));
  const endpoint = await expect201('webhook', admin.post('/v1/webhooks', { url: listener.url, events: ['*'] }));
  listener.trust(String(endpoint['secret']));

  const faults: Fault[] = faultsOf(chance.apart('faults'), faultCount, shape);
  const havoc = new Havoc(stack, progress);
  const enough = new AbortController();
  const settling = clerk(stack, chance.apart('clerk'), over.signal);
  const wreaking = havoc.wreak(faults, enough.signal);
  const { played, stuck } = await playAll(clients, chance, over.signal, () => publish(secondPolicy));
  enough.abort();
  await wreaking;
  const quiet = new AbortController();
  const retrying = retryDeclined(clients, quiet.signal);
  try {
    await settled(stack, played, 120_000);
  } finally {
    quiet.abort();
    await retrying;
  }
  progress(`${played.length} subjects of ${cases} cases have been played; comparing each with the rules`);

  const { subjects, ledger, movements } = await observe(stack, clients, played, listener);
  over.abort();
  await Promise.all([settling, listener.close()]);
  const verdict = judge({
    subjects,
    ledger,
    movements,
    wantMail: new Set(
      Array.from({ length: cases }, (_, index) => index)
        .filter(wantsMail)
        .flatMap(inboxesOf),
    ),
    endpoint: String(endpoint['id']),
    outages: havoc.outages,
    slackMs,
  });
  for (const story of storiesOf(verdict, subjects)) console.log(story);
  for (const one of stuck) console.log(one);
  const count = (counter: string) => verdict.deviations.filter((deviation) => deviation.counter === counter).length;
  const tally = {
    cases,
    faults: havoc.done.length,
    ...Object.fromEntries(counters.map((counter) => [counter, count(counter)])),
  } as Record<string, number>;
  tally['late'] = (tally['late'] ?? 0) + stuck.length;
  progress(
    `${havoc.done.length} faults; ${havoc.doomed.died} of ${havoc.doomed.sent} workers sent to die in the middle of a decision have`,
  );
  const endings = new Map<string, number>();
  for (const [subject, { events }] of verdict.computed)
    if (events.length > 0) {
      const ending = `${subject.split('/')[0]} ${events.at(-1)?.status}`;
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  progress(
    `${clients.tally.requests} requests, ${clients.tally.repeats} of them repeated; ${movements.length} movements of money, ${ledger.length} ledger entries; the latest deadline fired ${Math.max(0, verdict.latestMs)} ms beyond what outages excuse`,
  );
  const continued = subjects.map(({ runs }) => runs.filter((one) => one.continued).length).filter((runs) => runs > 0);
  progress(`${continued.length} workflows continued as new, ${continued.reduce((sum, runs) => sum + runs, 0)} times`);
  progress(
    `endings: ${[...endings]
      .toSorted()
      .map(([ending, times]) => `${ending} ${times}`)
      .join(' · ')}`,
  );
  return { failed: counters.some((counter) => tally[counter] !== 0), tally };
}

/** The consumer and the merchant of these plots have asked for mail: the catcher keeps a thousand mails. TELL-5 */
const wantsMail = (index: number) => index % Math.ceil(cases / 25) === 0;
const inboxesOf = (index: number) => [`consumer/consumer-${index}`, `merchant/merchant-${index}`];

/** What was created; that it is not says that nothing can be played. */
async function expect201(what: string, asked: Promise<Reply>): Promise<Reply['body']> {
  const { status, body } = await asked;
  if (status !== 201) throw new Error(`the ${what} was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/**
 * Plays as many plots as there are cases, each plot in its turn; what does not come to its end is told. `atHalf` is done before the
 * second half begins.
 */
async function playAll(
  clients: Clients,
  chance: Chance,
  signal: AbortSignal,
  atHalf: () => Promise<unknown>,
): Promise<{ played: Played[]; stuck: string[] }> {
  const played: Played[] = [];
  const stuck: string[] = [];
  const begin = chance.apart('first').below(plots.length);
  const order = Array.from({ length: cases }, (_, index) => index);
  let finished = 0;
  let halved: Promise<unknown> | undefined;
  const playNext = async (): Promise<void> => {
    for (let index = order.shift(); index !== undefined; index = order.shift()) {
      const plot = plots[(begin + index) % plots.length] as Plot;
      if (index >= cases / 2) await (halved ??= atHalf());
      const stage = await stageOf(clients, index, {
        chance: chance.apart(`plot ${index}`),
        signal,
        until: Date.now() + plotMs,
      });
      if (wantsMail(index))
        for (const { id, put } of [stage.consumer, stage.merchant])
          await put('/v1/me/profile', { email: `${id}@example.com`, emailOn: true, language: 'zh-CN' });
      try {
        await plot.play(stage);
      } catch (error) {
        stuck.push(
          `late: "${plot.name}" (${stage.subjects.join(', ')}): ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      played.push(...stage.subjects.map((subject) => ({ subject, plot: plot.name })));
      finished += 1;
      if (finished % 20 === 0) progress(`${finished} of ${cases} played`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, cases) }, playNext));
  return { played, stuck };
}

try {
  progress(
    `${cases} cases, ${faultCount} faults, seed ${seed}, ${shape.apis} APIs, ${shape.workers} workers, Temporal: ${shape.temporal}`,
  );
  const { failed, tally } = await withStack(shape, progress, run);
  console.log(values.json ? JSON.stringify(tally) : `\n${JSON.stringify(tally)}`);
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exit(1);
}
