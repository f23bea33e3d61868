import { isDuplicateKey } from './allocations.ts';
import type { CommandDocument } from './documents.ts';
import { gathering, withIds } from './gathering.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** Commands as they were first received. */
export function commandStore({ commands }: Pick<Models, 'commands'>) {
  const find = gathering(
    async (ids) => await collectionOf(commands).find(withIds(ids), { limit: ids.length }).toArray(),
  );
  return {
    find,

    /** Remembers a command unless it is known; answers the one that was first. */
    async remember(command: CommandDocument): Promise<CommandDocument> {
      for (;;) {
        try {
          await collectionOf(commands).insertOne(command);
          return command;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          const first = await find(command._id);
          if (first) return first;
        }
      }
    },

    /** Keeps what a command was answered that no workflow takes. */
    async answered(commandId: string, answer: unknown): Promise<void> {
      await collectionOf(commands).updateOne({ _id: commandId }, { $set: { answer } });
    },
  };
}
