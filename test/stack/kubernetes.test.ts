import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readApiSettings, readWorkerSettings } from '../../src/settings.ts';
import { temporalSettings, versions } from '../../src/stack/versions.ts';
import { shutdownGraceTime } from '../../src/worker/worker.ts';
import { searchAttributes } from '../../src/workflows/searchAttributes.ts';

const root = 'deploy/kubernetes';
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

type Probe = { httpGet: { path: string; port: string } };
type Container = {
  image: string;
  command: string[];
  ports?: { name: string; containerPort: number }[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string; optional?: boolean } }[];
  lifecycle?: { preStop: { exec: { command: string[] } } };
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  securityContext: object;
};
type PodSpec = { terminationGracePeriodSeconds?: number; securityContext: object; containers: Container[] };
type Labels = Record<string, string>;
type Resource = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Labels };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: { template?: { metadata: { labels: Labels }; spec: PodSpec }; [other: string]: unknown };
};

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
const documentsOf = (file: string) =>
  parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Resource;
  });
const resources = files.filter((file) => !file.endsWith('kustomization.yaml')).flatMap(documentsOf);

function resource(kind: string, name: string): Resource {
  const found = resources.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}
const pods = resources.flatMap(({ kind, metadata, spec }) =>
  spec?.template ? [{ name: `${kind} ${metadata.name}`, pod: spec.template.spec }] : [],
);
const podOf = (name: string) => pods.find((one) => one.name === `Deployment ${name}`)!.pod;

const isThere = (wanted: string) =>
  resources.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === wanted);

/** What a container finds in its environment; the example's secrets are placeholders, so real ones stand in. */
function environmentOf({ envFrom = [] }: Container): Record<string, string> {
  const given = envFrom
    .filter(({ secretRef }) => !secretRef?.optional || isThere(secretRef.name))
    .map(({ configMapRef, secretRef }) =>
      configMapRef ? resource('ConfigMap', configMapRef.name).data : resource('Secret', secretRef!.name).stringData,
    );
  const secrets: Record<string, string> = {
    MONGODB_URL: 'mongodb://db.example.com/aftersales',
    SMTP_URL: 'smtps://user:password@mail.example.com',
  };
  return Object.fromEntries(
    given.flatMap((values = {}) =>
      Object.entries(values).map(([name, value]) => [
        name,
        value === 'replace-me' ? (secrets[name] ?? 's'.repeat(32)) : value,
      ]),
    ),
  );
}

it('every manifest says what it is', () => {
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    for (const { apiVersion, kind } of documentsOf(file)) expect([apiVersion, kind], file).not.toContain(undefined);
  }
  const names = resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  // The two ways of scaling the worker are of different kinds, and one is chosen.
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});

it('ours is the image of the package’s version, Temporal’s that of the embedded server', () => {
  const images = pods.flatMap(({ name, pod }) => pod.containers.map(({ image }) => [name, image]));
  expect(Object.fromEntries(images)).toEqual({
    'Deployment aftersales-api': `aftersales:${version}`,
    'Deployment aftersales-worker': `aftersales:${version}`,
    'Deployment aftersales-provider': `aftersales:${version}`,
    [`Job aftersales-temporal-namespace-${version.replaceAll('.', '-')}`]: `temporalio/admin-tools:${versions.temporalServer}`,
  });
});

it('every process runs without rights, and writes to what is mounted only', () => {
  for (const { name, pod } of pods) {
    expect(pod.securityContext, name).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.containers) {
      expect(securityContext, name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  }
});

describe('settings', () => {
  const schema = /const environment = z\.object\(\{\n(.*?)^\}\);/ms.exec(readFileSync('src/settings.ts', 'utf8'))?.[1];
  const known = [...(schema ?? '').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);

  it('are ones that the service knows', () => {
    for (const name of ['aftersales-api', 'aftersales-worker']) {
      const given = Object.keys(environmentOf(podOf(name).containers[0]!));
      expect(given.filter((setting) => !known.includes(setting) && !setting.startsWith('TEMPORAL_'))).toEqual([]);
    }
  });

  it('have their place or are named, unless they are the embedded stack’s', () => {
    const places = ['base/settings.yaml', 'overlays/example/secrets.example.yaml', 'README.md', '../../Dockerfile'];
    const named = places.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    const ofEmbeddedStack = ['AFTERSALES_HOME', 'AFTERSALES_CACHE', 'CONSOLE_DEMO_PARTIES'];
    const unnamed = known.filter((name) => !new RegExp(`\\b${name}\\b`).test(named));
    expect(unnamed.toSorted()).toEqual(ofEmbeddedStack.toSorted());
  });

  it('are accepted by API and worker, and the worker gets no secret of the API', () => {
    const api = environmentOf(podOf('aftersales-api').containers[0]!);
    const worker = environmentOf(podOf('aftersales-worker').containers[0]!);
    expect(readApiSettings(api).auth).toEqual({ secret: api['AUTH_SECRET'] });
    expect(readWorkerSettings(worker).temporal.address).toBe(api['TEMPORAL_ADDRESS']);
    expect(Object.keys(worker)).not.toContain('AUTH_SECRET');
  });

  it('of the example are refused as long as the placeholders are there', () => {
    const placeholders = { ...environmentOf(podOf('aftersales-api').containers[0]!), AUTH_SECRET: 'replace-me' };
    expect(() => readApiSettings(placeholders)).toThrow('AUTH_SECRET');
  });
});

it('probes ask ports that are listened on for paths that are there', () => {
  const health = readFileSync('src/api/health.ts', 'utf8');
  const [api, worker] = [podOf('aftersales-api').containers[0]!, podOf('aftersales-worker').containers[0]!];
  const settings = { api: readApiSettings(environmentOf(api)), worker: readWorkerSettings(environmentOf(worker)) };
  expect(api.ports).toEqual([{ name: 'http', containerPort: settings.api.port }]);
  expect(worker.ports).toContainEqual({ name: 'health', containerPort: settings.worker.workerPort });
  for (const probe of [api.startupProbe, api.livenessProbe, api.readinessProbe]) {
    expect(probe?.httpGet.port).toBe('http');
    expect(health).toContain(`router.get('${probe?.httpGet.path}'`);
  }
  expect(api.readinessProbe?.httpGet.path).toBe('/readyz');
  // The worker answers at any path.
  for (const probe of [worker.startupProbe, worker.livenessProbe, worker.readinessProbe])
    expect(probe?.httpGet.port).toBe('health');
});

it('processes are given the time that they take to end in order', () => {
  const drainMs = Number(
    /const drainMs = ([\d_]+);/.exec(readFileSync('src/api/main.ts', 'utf8'))?.[1]?.replace('_', ''),
  );
  const api = podOf('aftersales-api');
  const [sleep, seconds] = api.containers[0]!.lifecycle!.preStop.exec.command;
  expect(sleep).toBe('sleep');
  expect(api.terminationGracePeriodSeconds! - Number(seconds)).toBeGreaterThan(drainMs / 1_000 + 5);
  const worker = podOf('aftersales-worker').terminationGracePeriodSeconds! * 1_000;
  expect(worker).toBeGreaterThanOrEqual(msToNumber(shutdownGraceTime) + 15_000);
});

it('the Job registers the search attributes, and keeps workflows as long, as the embedded server', () => {
  const { env = [] } = pods.find(({ name }) => name.startsWith('Job'))!.pod.containers[0]!;
  const valueOf = (wanted: string) => env.find(({ name }) => name === wanted)?.value;
  expect(valueOf('SEARCH_ATTRIBUTES')?.trim().split(/\s+/)).toEqual(
    Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`),
  );
  expect(valueOf('RETENTION')).toBe(`${temporalSettings.retentionHours}h`);
});

it('the Job reaches Temporal as API and worker do', () => {
  const job = pods.find(({ name }) => name.startsWith('Job'))!.pod.containers[0]!;
  const { envFrom = [] } = job;
  expect(envFrom.map(({ configMapRef, secretRef }) => configMapRef?.name ?? secretRef?.name)).toEqual([
    'aftersales-settings',
    'aftersales-temporal',
  ]);
  for (const name of ['aftersales-api', 'aftersales-worker'])
    expect(podOf(name).containers[0]!.envFrom).toEqual(expect.arrayContaining(envFrom));
  expect(Object.keys(environmentOf(job))).toEqual(expect.arrayContaining(['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']));
});

it('the Ingress passes on all that the API serves, but for what stays inside', () => {
  type Path = { path: string; pathType: string };
  const { rules } = resource('Ingress', 'aftersales-api').spec as unknown as { rules: [{ http: { paths: Path[] } }] };
  const { paths } = rules[0].http;
  const sources = readdirSync('src/api', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const mounted = /\b(?:app|router)\.(?:use|all|get|head|options|post|put|patch|delete)\(\s*['"`](\/[\w.-]*)/g;
  const served = sources.flatMap((file) =>
    [...readFileSync(join('src/api', file), 'utf8').matchAll(mounted)].map(([, first]) => first!),
  );
  const inside = ['/healthz', '/metrics', '/readyz'];
  expect([...paths.map(({ path }) => path), ...inside].toSorted()).toEqual([...new Set(served)].toSorted());
  // A prefix `/` would let everything in.
  expect(paths.filter(({ path, pathType }) => path === '/' && pathType !== 'Exact')).toEqual([]);
});

it('Prometheus finds the pods’ ports, under the names of jobs that the alerts ask for', () => {
  type Monitor = {
    selector: { matchLabels: Labels };
    podMetricsEndpoints: [{ port: string; path: string; relabelings: { targetLabel: string; replacement: string }[] }];
  };
  const monitors = resources.filter(({ kind }) => kind === 'PodMonitor');
  for (const { metadata, spec } of monitors) {
    const { selector, podMetricsEndpoints } = spec as unknown as Monitor;
    const { template } = resource('Deployment', metadata.name).spec!;
    expect(template!.metadata.labels).toMatchObject(selector.matchLabels);
    const [{ port, path, relabelings }] = podMetricsEndpoints;
    expect(template!.spec.containers[0]!.ports?.map(({ name }) => name)).toEqual([port]);
    expect(path).toBe('/metrics');
    expect(relabelings).toMatchObject([{ targetLabel: 'job', replacement: metadata.name }]);
  }
  const alerts = readFileSync('deploy/observability/alerts.yml', 'utf8');
  const jobs = new Set([...alerts.matchAll(/\bjob="([^"]+)"/g)].map(([, job]) => job));
  expect(monitors.map(({ metadata }) => metadata.name).toSorted()).toEqual([...jobs].toSorted());
});

it('workers are scaled by the backlog of the queue that they take tasks from', () => {
  const { TASK_QUEUE: taskQueue, TEMPORAL_NAMESPACE: namespace } = resource('ConfigMap', 'aftersales-settings').data!;
  const keda = resource('ScaledObject', 'aftersales-worker').spec as unknown as {
    triggers: [{ metadata: Record<string, string> }];
  };
  expect(keda.triggers[0].metadata).toMatchObject({ endpointFromEnv: 'TEMPORAL_ADDRESS', taskQueue, namespace });
  const hpa = resource('HorizontalPodAutoscaler', 'aftersales-worker').spec as unknown as {
    metrics: [{ external: { metric: { selector: { matchLabels: object } } } }];
  };
  expect(hpa.metrics[0].external.metric.selector.matchLabels).toEqual({
    taskqueue: taskQueue,
    exported_namespace: namespace,
  });
});

function outputOf(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
const kustomize = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
].find(([command = '']) => outputOf(command, ['--help']) !== undefined);

describe.skipIf(kustomize === undefined)('with kustomize', () => {
  const build = (folder: string) => outputOf(kustomize![0]!, [kustomize![1]!, join(root, folder)])!;

  it('the example comes out whole, with its image and without what an autoscaler owns', () => {
    const built = parseAllDocuments(build('overlays/example')).map((document) => document.toJS() as Resource);
    const deployments = built.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'aftersales-api',
      'aftersales-provider',
      'aftersales-worker',
    ]);
    for (const { spec } of deployments)
      expect(spec?.template?.spec.containers[0]?.image).toBe(`ghcr.io/example/aftersales:${version}`);
    const replicas = deployments.map(({ metadata, spec }) => [metadata.name, spec?.['replicas']]);
    expect(Object.fromEntries(replicas)).toEqual({ 'aftersales-provider': 1 });
    const scripts = built.find(({ metadata }) => metadata.name.startsWith('aftersales-temporal-scripts'));
    expect(scripts?.data?.['prepare-namespace.sh']).toBe(readFileSync('deploy/temporal/prepare-namespace.sh', 'utf8'));
    // By this label docs/upgrading.md replaces the workers, and brings all else, before the API.
    const ofApi = built.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'api');
    expect(ofApi.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Deployment aftersales-api']);
  });

  it.each(readdirSync(join(root, 'components')))('%s goes over the base', (component) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aftersales-overlay-')));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // Kustomize takes folders by relative paths only.
    const pathTo = (name: string) => relative(folder, realpathSync(join(root, name)));
    const overlay = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [pathTo('base')],
      components: [pathTo(`components/${component}`)],
    };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    const built = parseAllDocuments(outputOf(kustomize![0]!, [kustomize![1]!, folder])!).map(
      (document) => document.toJS() as Resource,
    );
    const brought = readdirSync(join(root, 'components', component)).filter((file) => file !== 'kustomization.yaml');
    for (const file of brought)
      for (const { kind, metadata } of documentsOf(`components/${component}/${file}`))
        expect(built.some((one) => one.kind === kind && one.metadata.name === metadata.name)).toBe(true);
  });

  it.skipIf(outputOf('kubernetes-validate', ['--version']) === undefined)(
    'base and example follow Kubernetes’ schemas',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'aftersales-manifests-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      for (const source of ['base', 'overlays/example']) {
        const file = join(folder, 'built.yaml');
        writeFileSync(file, build(source));
        // KEDA's kinds are none of Kubernetes' own, and only warned of.
        expect(() => outputOf('kubernetes-validate', ['--strict', '--quiet', file])).not.toThrow();
      }
    },
  );
});

it('compose gives processes the time that they take to end in order, too', () => {
  const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    services: Record<string, { stop_grace_period?: string }>;
  };
  for (const name of ['api', 'worker', 'provider', 'mail']) {
    const period = msToNumber(compose.services[name]?.stop_grace_period ?? '0s');
    expect(period, name).toBeGreaterThanOrEqual(msToNumber(shutdownGraceTime) + 15_000);
  }
});
