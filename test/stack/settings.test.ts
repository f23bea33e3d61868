import { describe, expect, it } from 'vitest';
import { readApiSettings, readSettings, readWorkerSettings, SettingsError } from '../../src/settings.ts';

const secret = 'a'.repeat(32);

function refusalOf(read: () => unknown): SettingsError {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

function faultsOf(read: () => unknown): string[] {
  return refusalOf(read).faults.map((fault) => fault.setting);
}

describe('settings', () => {
  it('have defaults that need nothing from the environment', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      deadlineGraceMs: 5_000,
      domainMetricsEveryMs: 15_000,
      rateLimit: 100,
      warnings: [],
    });
    expect(settings.temporal).toMatchObject({ address: undefined, namespace: 'default' });
    expect(settings.auth).toBeUndefined();
  });

  it('tell every fault at once, each with its mend', () => {
    const env = {
      PORT: '65536',
      MONGODB_URL: 'http://somewhere',
      AUTH_SECRET: 'short',
      PAYMENT_PROVIDER: 'other',
      PAYMENT_PROVIDER_URL: 'not a url',
      DEADLINE_GRACE: 'P1Y',
      DOMAIN_METRICS_EVERY: 'PT0S',
      RATE_LIMIT: '0',
      TRUSTED_PROXIES: '10.0.0.0/8, 0.0.0.0/0',
      LOG_LEVEL: 'loud',
      SMTP_URL: 'mail.example.com',
      MAIL_FROM: 'somebody',
      PAYLOAD_KEYS: 'k1:short',
      CODEC_ORIGINS: 'https://temporal.example.com/ui',
      PRIVATE_WEBHOOKS: 'yes',
      TEMPORAL_DEPLOYMENT_NAME: 'a.b',
      TEMPORAL_WORKER_BUILD_ID: 'v1:2',
    };
    expect(faultsOf(() => readSettings(env)).toSorted()).toEqual(Object.keys(env).toSorted());
    const told = refusalOf(() => readSettings(env));
    expect(told.message.split('\n')).toHaveLength(1 + Object.keys(env).length);
    for (const fault of told.faults) expect(fault.mend).not.toBe('');
  });

  it('take an empty variable as one that is not set', () => {
    expect(readSettings({ PORT: '', AUTH_SECRET: ' ', MONGODB_URL: '' })).toEqual(readSettings({}));
  });

  it.each([
    ['0', 0],
    ['65535', 65_535],
  ])('take port %s', (given, port) => {
    expect(readSettings({ PORT: given }).port).toBe(port);
  });

  it.each(['-1', '1.5', '8080 ', '0x50', '1e3', 'abc'])('refuse port %j', (given) => {
    expect(faultsOf(() => readSettings({ PORT: given }))).toEqual(['PORT']);
  });

  it('take a secret of 32 characters and none of 31', () => {
    expect(readSettings({ AUTH_SECRET: secret }).auth).toEqual({ secret });
    expect(faultsOf(() => readSettings({ AUTH_SECRET: secret.slice(1) }))).toEqual(['AUTH_SECRET']);
  });

  it('take a key set with issuer and audience, all three or none, and not beside a secret', () => {
    const jwks = {
      AUTH_JWKS_URL: 'https://login.example.com/jwks',
      AUTH_ISSUER: 'issuer',
      AUTH_AUDIENCE: 'aftersales',
    };
    expect(readSettings(jwks).auth).toEqual({ jwksUrl: jwks.AUTH_JWKS_URL, issuer: 'issuer', audience: 'aftersales' });
    expect(faultsOf(() => readSettings({ AUTH_ISSUER: 'issuer' }))).toEqual(['AUTH_JWKS_URL', 'AUTH_AUDIENCE']);
    expect(faultsOf(() => readSettings({ ...jwks, AUTH_SECRET: secret }))).toEqual(['AUTH_SECRET']);
  });

  it('take keys for payloads, the first of which encrypts, and the origins of the UIs that may use them', () => {
    const key = 'a'.repeat(43);
    const given = {
      PAYLOAD_KEYS: `k2:${key}=,k1:${key}=`,
      CODEC_ORIGINS: 'http://127.0.0.1:8233, https://ui.example.com',
    };
    const { payloadKeys, codecOrigins } = readSettings(given);
    expect(payloadKeys?.map(({ id }) => id)).toEqual(['k2', 'k1']);
    expect(codecOrigins).toEqual(['http://127.0.0.1:8233', 'https://ui.example.com']);
    expect(readSettings({})).toMatchObject({ payloadKeys: undefined, codecOrigins: [] });
    const cutShort = key.slice(1);
    expect(refusalOf(() => readSettings({ PAYLOAD_KEYS: `k1:${cutShort}` })).message).not.toContain(cutShort);
  });

  it('name the build of a worker, or none; a deployment alone says too little', () => {
    expect(readSettings({}).workerVersion).toBeUndefined();
    const build = { TEMPORAL_WORKER_BUILD_ID: 'v0.2.0-rc.1' };
    expect(readSettings(build).workerVersion).toEqual({ deploymentName: 'aftersales', buildId: 'v0.2.0-rc.1' });
    const named = { TEMPORAL_DEPLOYMENT_NAME: 'after-sales_cn' };
    expect(readSettings({ ...build, ...named }).workerVersion?.deploymentName).toBe('after-sales_cn');
    expect(faultsOf(() => readSettings(named))).toEqual(['TEMPORAL_WORKER_BUILD_ID']);
  });

  it('keep webhooks out of networks inside unless told otherwise', () => {
    expect(readSettings({}).privateWebhooks).toBe(false);
    expect(readSettings({ PRIVATE_WEBHOOKS: 'allow' }).privateWebhooks).toBe(true);
  });

  it('POL-4: warn of a grace that a command on its way can exceed', () => {
    expect(readSettings({ DEADLINE_GRACE: 'PT4S' }).warnings).toHaveLength(1);
    expect(readSettings({ DEADLINE_GRACE: 'PT4.001S' }).warnings).toEqual([]);
    expect(readSettings({ DEADLINE_GRACE: 'PT0S' }).deadlineGraceMs).toBe(0);
    expect(faultsOf(() => readSettings({ DEADLINE_GRACE: '-PT5S' }))).toEqual(['DEADLINE_GRACE']);
  });

  it('name the servers a role alone has to be given', () => {
    expect(faultsOf(() => readApiSettings({}))).toEqual([
      'MONGODB_URL',
      'TEMPORAL_ADDRESS',
      'AUTH_SECRET',
      'PAYMENT_CALLBACK_SECRET',
    ]);
    expect(faultsOf(() => readWorkerSettings({}))).toEqual(['MONGODB_URL', 'TEMPORAL_ADDRESS', 'PAYMENT_PROVIDER_URL']);
  });

  it('read the Temporal connection as every Temporal tool does', () => {
    const { temporal } = readSettings({ TEMPORAL_ADDRESS: 'temporal.example.com:7233', TEMPORAL_NAMESPACE: 'shop' });
    expect(temporal).toMatchObject({ address: 'temporal.example.com:7233', namespace: 'shop' });
    expect(temporal.connectionOptions).toMatchObject({ address: 'temporal.example.com:7233' });
  });
});
