import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens.ts';
import { roles } from '../../src/domain/parties.ts';
import { readSettings } from '../../src/settings.ts';
import { startServers } from '../../src/stack/servers.ts';
import { authSecret, orderBody, startApi } from '../api/harness.ts';
import { seed } from './seed.ts';

// node --import tsx test/attack/schemathesis.ts [more arguments of schemathesis]: what it is for is in docs/abuse.md. SCHEMATHESIS names
// the program where it is not on the path. The exit status is 1 where any role got an answer that /openapi.json doesn't have.
const program = process.env['SCHEMATHESIS'] ?? 'schemathesis';
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
/** Who each role is in what was seeded; a role without a line here is somebody who owns nothing. */
const names: Partial<Record<string, string>> = { consumer: orderBody().consumerId, merchant: orderBody().merchantId };

type Parameter = { name: string; in: string; schema: object };
type Document = { paths: Record<string, Record<string, { parameters?: Parameter[] }>> };

/** The contract, with parameters in paths that name something in half of all requests: random ones would always end in 404. */
function naming(document: Document, ids: Record<string, string[]>): Document {
  for (const [path, operations] of Object.entries(document.paths)) {
    const known = ids[path.split('/')[2] ?? ''] ?? [];
    for (const { parameters = [] } of Object.values(operations)) {
      for (const parameter of parameters) {
        if (parameter.in !== 'path' || known.length === 0) continue;
        parameter.schema = { anyOf: [{ enum: known }, parameter.schema] };
      }
    }
  }
  return document;
}

/** In a folder that goes afterwards: it leaves what it has found out about a service beside it. */
function run(args: string[], cwd: string): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd, stdio: 'inherit' });
    child.once('error', failed);
    child.once('exit', (code) => done(code ?? 1));
  });
}

const scratch = await mkdtemp(join(tmpdir(), 'aftersales-attack-'));
const { cache } = readSettings(process.env);
const servers = await startServers({ folder: scratch, cache, env: process.env, progress: console.log });
const { mongodbUrl, temporalAddress } = servers;
const api = await startApi({ mongodbUrl, temporalAddress, scratch });
let failed = 0;
try {
  await api.startWorker();
  const contract = join(scratch, 'openapi.json');
  const document = (await api.request('GET', '/openapi.json')).body as unknown as Document;
  await writeFile(contract, JSON.stringify(naming(document, await seed(api))));
  for (const role of roles) {
    console.log(`\n== ${role}`);
    const token = await signToken({ role, sub: names[role] ?? `${role}-1` }, authSecret);
    const status = await run(
      [
        'run',
        contract,
        '--url',
        api.url,
        '--header',
        `Authorization: Bearer ${token}`,
        '--checks',
        checks.join(','),
        '--phases',
        'examples,coverage,fuzzing',
        '--max-examples',
        '15',
        '--seed',
        '1',
        '--continue-on-failure',
        // It never ends by itself.
        '--exclude-path',
        '/v1/stream',
        '--request-timeout',
        '15',
        '--suppress-health-check',
        'all',
        '--warnings',
        'off',
        '--no-color',
        ...process.argv.slice(2),
      ],
      scratch,
    );
    if (status !== 0) failed += 1;
  }
} finally {
  await api.close();
  await servers.stop();
  await rm(scratch, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
