import type { TestProject } from 'vitest/node';
import { readSettings } from '../../../src/settings.ts';
import { findTestServer } from '../../../src/stack/executables.ts';

/** Finds or installs the time-skipping test server once, before any test file asks for it. */
export default async function testServer(project: TestProject): Promise<void> {
  const search = {
    cache: readSettings(process.env).cache,
    env: process.env,
    progress: (message: string) => console.log(`workflow: ${message}`),
  };
  project.provide('testServerPath', await findTestServer(search));
}
