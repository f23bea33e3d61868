import mongoose, { type Connection } from 'mongoose';

/** A connection to the service's database. */
export type Database = Connection;

/** How long a call may look for a server before it fails; the caller decides whether to try again. */
const serverSelectionTimeoutMS = 2_000;

/**
 * Connects to MongoDB. What was acknowledged must survive a crash, so writes wait for a majority and its journal, and reads go to
 * the primary, whatever the URL says.
 */
export async function connectDatabase(url: string): Promise<Database> {
  const connection = mongoose.createConnection(url, {
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    retryWrites: true,
    serverSelectionTimeoutMS,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  });
  return connection.asPromise();
}
