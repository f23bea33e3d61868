import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readApiSettings, readWorkerSettings } from '../../src/settings.ts';
import { temporalSettings, versions } from '../../src/stack/versions.ts';
import { searchAttributes } from '../../src/workflows/searchAttributes.ts';

interface Compose {
  services: Record<string, { image: string; environment: Record<string, string>; command?: string[] }>;
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
  const filled = Object.entries(compose.services[service]!.environment).map(([name, value]) => [
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

it('containers register the same search attributes and keep workflows as long', () => {
  const { SEARCH_ATTRIBUTES = '', RETENTION } = compose.services['temporal-namespace']!.environment;
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
  expect(worker.smtpUrl).toBe(`smtp://mail:${compose.services['mail']?.environment['SMTP_PORT']}`);
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
