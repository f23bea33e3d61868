import { isDuplicateKey } from './allocations.ts';
import type { LeaseDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** Who has claimed a subject until when, UTC ms; `until` itself is still theirs, as with deadlines (POL-3). */
export type Lease = { agent: string; until: number };

/** Wanting a subject for oneself: `now` and `until` in UTC ms; `command` where it is for the time of one command. */
type Claim = { subject: string; agent: string; now: number; until: number; command?: string };

/** The work of one command under a lease. */
type Work = { subject: string; agent: string; command: string };

const leaseOf = ({ agent, until }: LeaseDocument): Lease => ({ agent, until: until.getTime() });

/** Agents' claims of subjects. One document a subject, changed by compare-and-set: two agents never hold one. */
export function leaseStore({ leases }: Pick<Models, 'leases'>) {
  const collection = () => collectionOf(leases);
  const literal = (text: string) => ({ $literal: text });

  return {
    /** Takes a subject, or longer where the agent has it already; answers the lease that stands then, whosever it is. */
    async claim({ subject, agent, now, until, command }: Claim): Promise<Lease> {
      const at = new Date(now);
      // for a command's time only: whether the agent had claimed it before, and not just for another command's time
      const forNoCommand = { $or: ['$claimed', { $eq: [{ $type: '$command' }, 'missing'] }] };
      const claimed = { $and: [{ $eq: ['$agent', literal(agent)] }, { $gte: ['$until', at] }, forNoCommand] };
      const work = command ? { command: literal(command), claimed } : { command: '$$REMOVE', claimed: '$$REMOVE' };
      for (;;) {
        try {
          const taken = await collection().findOneAndUpdate(
            { _id: subject, $or: [{ agent }, { until: { $lt: at } }] },
            [{ $set: { agent: literal(agent), until: { $max: ['$until', new Date(until)] }, ...work } }],
            { upsert: true, returnDocument: 'after' },
          );
          if (taken) return leaseOf(taken);
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          const held = await collection().findOne({ _id: subject, until: { $gte: at } });
          if (held && held.agent !== agent) return leaseOf(held);
        }
      }
    },

    /** Gives a subject back; answers whether the agent had it. */
    async release(subject: string, agent: string): Promise<boolean> {
      const { deletedCount } = await collection().deleteOne({ _id: subject, agent });
      return deletedCount === 1;
    },

    /** A command was accepted: what it was done under is given up. */
    async done({ subject, agent, command }: Work): Promise<void> {
      await collection().deleteOne({ _id: subject, agent, command });
    },

    /** A command was refused, or never came about: all is as before it, the agent's own claim too. */
    async notDone({ subject, agent, command }: Work): Promise<void> {
      const { deletedCount } = await collection().deleteOne({ _id: subject, agent, command, claimed: { $ne: true } });
      if (deletedCount === 1) return;
      await collection().updateOne({ _id: subject, agent, command }, { $unset: { command: '', claimed: '' } });
    },

    /** The leases that stand at `now` (UTC ms), of these subjects or of this agent where that is wanted. */
    async standing(now: number, of: { subjects?: string[]; agent?: string } = {}): Promise<Map<string, Lease>> {
      const { subjects, agent } = of;
      const found = await collection()
        .find({
          until: { $gte: new Date(now) },
          ...(subjects ? { _id: { $in: subjects } } : {}),
          ...(agent === undefined ? {} : { agent }),
        })
        .toArray();
      return new Map(found.map((one) => [one._id, leaseOf(one)]));
    },
  };
}
