import type { Connection } from 'mongoose';
import { inTime, StoreUnavailable } from './reading.ts';

/** The database server's own clock, UTC ms. @throws where the database is away */
export async function serverClock(connection: Connection): Promise<number> {
  if (!connection.db) throw new StoreUnavailable('the database has not been connected yet');
  const { localTime } = await inTime(connection.db.admin().command({ hello: 1 }));
  return Number(localTime);
}
