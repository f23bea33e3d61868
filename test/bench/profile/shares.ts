import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** A profile as V8 writes it, as far as it is read here. */
type Profile = { nodes: ProfileNode[]; samples: number[]; timeDeltas: number[] };
type CallFrame = { functionName: string; url: string; lineNumber: number; columnNumber: number };
type ProfileNode = { id: number; callFrame: CallFrame; children?: number[] };

/** Whose code time is spent in, most telling first. */
const owners: readonly (readonly [owner: string, packages: RegExp])[] = [
  ['Temporal SDK', /^@temporalio\//],
  ['MongoDB driver', /^(mongodb|mongoose|bson|mquery|kareem|mpath|mongodb-connection-string-url)$/],
  ['gRPC, protobuf', /^(@grpc\/|@protobufjs\/|protobufjs$|long$|proto3-json-serializer$)/],
  [
    'Express',
    /^(express|router|path-to-regexp|helmet|body-parser|raw-body|qs|finalhandler|send|accepts|type-is|etag)$/,
  ],
  [
    'logs, metrics',
    /^(pino|pino-http|pino-std-serializers|sonic-boom|prom-client|thread-stream|quick-format-unescaped)$/,
  ],
];

/** Milliseconds of self time by owner, and by function within each. Time spent waiting counts nowhere. */
export type Shares = { byOwner: Map<string, number>; byFunction: Map<string, number> };

/** Where a position of the workflows' bundle comes from. */
export type Origin = (line: number, column: number) => string | undefined;

/** What a bundle's own source map says, where it carries one. */
export function originIn(code: string): Origin {
  const inline = /sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)/.exec(code)?.[1];
  if (inline === undefined) return () => undefined;
  const map = new SourceMap(JSON.parse(Buffer.from(inline, 'base64').toString('utf8')));
  return (line, column) => {
    const entry = map.findEntry(line, column);
    return 'originalSource' in entry ? entry.originalSource : undefined;
  };
}

/** Whose time the samples of a profile were. Built-in functions count for whoever called them. */
export function sharesOf(file: string, origin: Origin): Shares {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owned = new Map<number, { owner: string; name: string } | undefined>();
  const ownerOf = (id: number): { owner: string; name: string } | undefined => {
    if (!owned.has(id)) owned.set(id, find(id));
    return owned.get(id);
  };
  const find = (id: number) => {
    const frame = byId.get(id)?.callFrame;
    if (!frame || frame.functionName === '(idle)') return undefined;
    if (frame.functionName === '(garbage collector)') return { owner: 'garbage collection', name: '' };
    const owner = ownerOfFrame(frame, origin);
    if (owner !== undefined) return { owner, name: nameOf(frame) };
    const parent = parents.get(id);
    return (parent === undefined ? undefined : ownerOf(parent)) ?? { owner: 'V8 and native', name: frame.functionName };
  };
  const shares: Shares = { byOwner: new Map(), byFunction: new Map() };
  for (const [index, id] of samples.entries()) {
    const spent = ownerOf(id);
    if (!spent) continue;
    const ms = (timeDeltas[index] ?? 0) / 1_000;
    add(shares.byOwner, spent.owner, ms);
    add(shares.byFunction, `${spent.owner}: ${spent.name}`, ms);
  }
  return shares;
}

/** The sum of several threads' shares. */
export function together(all: Shares[]): Shares {
  const sum: Shares = { byOwner: new Map(), byFunction: new Map() };
  for (const { byOwner, byFunction } of all) {
    for (const [owner, ms] of byOwner) add(sum.byOwner, owner, ms);
    for (const [name, ms] of byFunction) add(sum.byFunction, name, ms);
  }
  return sum;
}

function ownerOfFrame({ url, lineNumber, columnNumber }: CallFrame, origin: Origin): string | undefined {
  if (url === '') return undefined;
  const bundled = /workflow-bundle/.test(url) ? origin(lineNumber, columnNumber) : undefined;
  const where = bundled ?? url;
  if (where.startsWith('node:')) return 'Node';
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(where)?.[1];
  if (inPackage !== undefined) return owners.find(([, packages]) => packages.test(inPackage))?.[0] ?? 'other packages';
  if (/workflow-bundle/.test(where) || where.includes('webpack')) return 'Temporal SDK';
  return 'our code';
}

const nameOf = ({ functionName, url, lineNumber }: CallFrame) =>
  `${functionName || '(anonymous)'} ${url.replace(/^.*(?:node_modules|\/src)\//, '')}:${lineNumber + 1}`;

const add = (to: Map<string, number>, key: string, ms: number) => void to.set(key, (to.get(key) ?? 0) + ms);
