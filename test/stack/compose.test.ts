import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readApiSettings, readWorkerSettings } from '../../src/settings.ts';
import { temporalSettings, versions } from '../../src/stack/versions.ts';
import { searchAttributes } from '../../src/workflows/searchAttributes.ts';

interface Service {
  image: string;
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
  healthcheck?: object;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const secrets = {
  AUTH_SECRET: 'a'.repeat(32),
  PAYMENT_CALLBACK_SECRET: 'b'.repeat(32),
  POSTGRES_PASSWORD: 'c'.repeat(16),
};

/** As compose fills in `${NAME:-default}` and `${NAME:?message}`. */
function environmentOf(service: string): Record<string, string> {
  const filled = Object.entries(compose.services[service]?.environment ?? {}).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{(\w+):[-?]([^}]*)\}/g, (_, key: string, otherwise: string) =>
      key in secrets ? secrets[key as keyof typeof secrets] : otherwise,
    ),
  ]);
  return Object.fromEntries(filled) as Record<string, string>;
}

it('containers run the versions of the embedded stack', () => {
  const images = Object.fromEntries(Object.entries(compose.services).map(([name, { image }]) => [name, image]));
  expect(images).toMatchObject({
    mongodb: `mongo:${versions.mongodb}`,
    postgresql: `postgres:${versions.postgresql}`,
    temporal: `temporalio/server:${versions.temporalServer}`,
    'temporal-schema': `temporalio/admin-tools:${versions.temporalServer}`,
    'temporal-namespace': `temporalio/admin-tools:${versions.temporalServer}`,
    'temporal-ui': `temporalio/ui:${versions.temporalUi}`,
  });
  const bases = read('Dockerfile').match(/^FROM \S+/gm);
  expect(bases).toEqual([`FROM node:${versions.node}-slim`, `FROM node:${versions.node}-slim`]);
});

it('our image is named after the package’s version', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  for (const name of ['api', 'worker', 'provider', 'mail'])
    expect(compose.services[name]?.image).toBe(`aftersales:${version}`);
});

it('every process of ours has a container, which is watched, has no rights, and writes to what is mounted only', () => {
  const mains = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('main.ts'));
  const ours = Object.values(compose.services).filter(({ image }) => image.startsWith('aftersales:'));
  expect(ours.map(({ command = [] }) => command.at(-1)).toSorted()).toEqual(
    mains.map((file) => `dist/${file.replace(/ts$/, 'js')}`).toSorted(),
  );
  for (const service of ours) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.healthcheck).toBeDefined();
  }
  expect(read('Dockerfile')).toMatch(/^USER node$/m);
});

it('what is to last is in named volumes, and no secret has a default', () => {
  const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
    volumes.map((one) => one.split(':')[0]!),
  );
  expect(mounted.filter((one) => !one.startsWith('./')).toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  const given = Object.values(compose.services).flatMap(({ environment = {} }) => Object.values(environment));
  const secretsGiven = given.filter((value) => /\$\{\w*(SECRET|PASSWORD)\b/.test(value));
  expect(secretsGiven.length).toBeGreaterThan(3);
  // AUTH_SECRET may be left out for AUTH_JWKS_URL: the API refuses to start without either.
  expect(secretsGiven.filter((value) => !/^\$\{\w+:\?.+\}$/.test(value))).toEqual(['${AUTH_SECRET:-}']);
});

it('containers register the same search attributes and keep workflows as long', () => {
  const { SEARCH_ATTRIBUTES = '', RETENTION } = compose.services['temporal-namespace']?.environment ?? {};
  expect(SEARCH_ATTRIBUTES.trim().split(/\s+/)).toEqual(
    Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`),
  );
  expect(RETENTION).toBe(`${temporalSettings.retentionHours}h`);
});

it('containers run Temporal with the same dynamic configuration', () => {
  const configured = parse(read('deploy/temporal/dynamic-config.yaml')) as Record<string, { value: unknown }[]>;
  const values = Object.fromEntries(Object.entries(configured).map(([key, [first]]) => [key, first?.value]));
  expect(values).toEqual(temporalSettings.dynamicConfig);
});

it('API and worker accept the settings they are given', () => {
  expect(readApiSettings(environmentOf('api')).auth).toEqual({ secret: secrets.AUTH_SECRET });
  const worker = readWorkerSettings(environmentOf('worker'));
  expect(worker.temporal.address).toBe('temporal:7233');
  expect(worker.smtpUrl).toBe(`smtp://mail:${compose.services['mail']?.environment?.['SMTP_PORT']}`);
});

it('every setting can be given to API or worker, unless it is the image’s or the embedded stack’s', () => {
  const schema = /const environment = z\.object\(\{\n(.*?)^\}\);/ms.exec(read('src/settings.ts'))?.[1] ?? '';
  const settings = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name!);
  expect(settings.length).toBeGreaterThan(20);
  const image = /^ENV (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '';
  const ofImage = [...image.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name!);
  const ofEmbeddedStack = ['AFTERSALES_HOME', 'AFTERSALES_CACHE', 'CONSOLE_DEMO_PARTIES'];
  const given = ['api', 'worker'].flatMap((name) => Object.keys(compose.services[name]?.environment ?? {}));
  const known = new Set([...given, ...ofImage, ...ofEmbeddedStack]);
  expect(settings.filter((name) => !known.has(name))).toEqual([]);
  // Temporal's own names are read by its own reader.
  expect(given.filter((name) => !settings.includes(name) && !name.startsWith('TEMPORAL_'))).toEqual([]);
});

const composeCommand = [['docker', 'compose'], ['docker-compose']].find(([command = '', ...rest]) => {
  try {
    execFileSync(command, [...rest, 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

it.skipIf(composeCommand === undefined)('docker-compose finds the file in order, and asks for what is missing', () => {
  const [command = '', ...rest] = composeCommand ?? [];
  const config = (env: NodeJS.ProcessEnv) =>
    execFileSync(command, [...rest, '-f', 'docker-compose.yml', 'config'], {
      cwd: new URL('../..', import.meta.url),
      env: { PATH: process.env['PATH'], ...env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const resolved = parse(config(secrets)) as Compose;
  expect(Object.keys(resolved.services).toSorted()).toEqual(Object.keys(compose.services).toSorted());
  expect(() => config({ ...secrets, POSTGRES_PASSWORD: '' })).toThrow(/POSTGRES_PASSWORD|set it to a random password/);
});
