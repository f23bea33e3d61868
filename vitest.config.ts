import { defineConfig } from 'vitest/config';

// The native part of the Temporal SDK crashes in worker threads, so every test file gets a process of its own.
// Projects run one after another: those with real servers measure real time, and must not share two cores with others.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    // What is awaited comes when the machine gets to it: only what never comes is a failure.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      { extends: true, test: { name: 'domain', sequence: { groupOrder: 0 }, include: ['test/domain/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'workflow',
          sequence: { groupOrder: 1 },
          include: ['test/workflows/**/*.test.ts'],
          globalSetup: ['test/setup/workflowBundle.ts', 'test/workflows/setup/testServer.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'replay',
          sequence: { groupOrder: 2 },
          include: ['test/replay/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
          include: ['test/stack/**/*.test.ts'],
          globalSetup: ['test/setup/workflowBundle.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 4 },
          maxWorkers: 1,
          include: ['test/{api,e2e}/**/*.test.ts'],
          globalSetup: ['test/setup/workflowBundle.ts', 'test/e2e/setup/servers.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'console',
          sequence: { groupOrder: 5 },
          maxWorkers: 1,
          include: ['test/console/**/*.test.ts'],
          globalSetup: ['test/console/setup/build.ts', 'test/setup/workflowBundle.ts', 'test/e2e/setup/servers.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
