import type { Connection } from 'mongoose';
import type { EvidenceDocument } from './evidence.ts';
import { StoreUnavailable } from './reading.ts';

/**
 * Hands files on: those attached to one subject are seen at another, too. They stay what they are, under their ids, and whose they are;
 * doing it twice is doing it once. INT-8, EVI-3
 */
export const evidenceSharing =
  ({ db }: Connection) =>
  async (ids: readonly string[], from: string, to: string): Promise<void> => {
    if (!db) throw new StoreUnavailable('the database has not been connected yet');
    await db
      .collection<EvidenceDocument>('evidence')
      .updateMany({ _id: { $in: [...ids] }, 'attachedTo.subject': from }, { $addToSet: { sharedWith: to } });
  };
