import mongoose, { type Connection, type mongo } from 'mongoose';

/** A connection to the service's database. */
export type Database = Connection;

/** How long a call may look for a server before it fails; the caller decides whether to try again. */
const serverSelectionTimeoutMS = 2_000;

/** Told of each call as it begins, by its command and collection; what it answers is told of its end. */
export type OnCall = (operation: string, collection: string | undefined) => ((error?: unknown) => void) | undefined;

/**
 * Connects to MongoDB. What was acknowledged must survive a crash, so writes wait for a majority and its journal, and reads go to
 * the primary, whatever the URL says.
 */
export async function connectDatabase(url: string, onCall?: OnCall): Promise<Database> {
  const connection = mongoose.createConnection(url, {
    // each under every name that the driver takes it from: one in the URL under another name would win
    writeConcern: { w: 'majority', journal: true, j: true },
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    readConcernLevel: 'majority',
    retryWrites: true,
    serverSelectionTimeoutMS,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    monitorCommands: onCall !== undefined,
  });
  const connected = await connection.asPromise();
  if (onCall) tellCalls(connected.getClient(), onCall);
  return connected;
}

function tellCalls(client: mongo.MongoClient, onCall: OnCall): void {
  const underWay = new Map<number, (error?: unknown) => void>();
  client.on('commandStarted', ({ requestId, commandName, command }) => {
    // of a command on a collection the first field names it
    const named: unknown = (command as Record<string, unknown>)[commandName];
    const end = onCall(commandName, typeof named === 'string' ? named : undefined);
    if (end) underWay.set(requestId, end);
  });
  const ended = (requestId: number, error?: unknown) => {
    underWay.get(requestId)?.(error);
    underWay.delete(requestId);
  };
  client.on('commandSucceeded', ({ requestId }) => ended(requestId));
  client.on('commandFailed', ({ requestId, failure }) => ended(requestId, failure));
}
