import { readSettings } from '../../../src/settings.ts';
import { startServers } from '../../../src/stack/servers.ts';

// Starts servers in the folder it is given, tells their process ids, and waits to be killed.
const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder to start servers in');
const { cache } = readSettings(process.env);
const servers = await startServers({ folder, cache, env: process.env, progress: () => undefined });
console.log(JSON.stringify([servers.mongod?.process.pid, servers.temporal?.process.pid]));
process.stdin.resume();
setInterval(() => undefined, 60_000);
