import type { Connection } from 'mongoose';
import { StoreUnavailable } from './reading.ts';

/** The database server's own clock, UTC ms. @throws where it doesn't answer within 2 s */
export async function serverClock(connection: Connection): Promise<number> {
  if (!connection.db) throw new StoreUnavailable('the database has not been connected yet');
  const { localTime } = await connection.db.admin().command({ hello: 1 }, { timeoutMS: 2_000 });
  return Number(localTime);
}
