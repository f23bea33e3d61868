import type { WorkerBuildDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** Two builds go by one name: Temporal would give running cases to whichever code asks first. */
export class BuildIdTaken extends Error {
  override readonly name = 'BuildIdTaken';
}

/** The builds of the worker that Temporal tells apart, each with the hash of its workflows' code. */
export function buildStore({ builds }: Pick<Models, 'builds'>) {
  return {
    /**
     * Enters a build, the first time; again, sees that it is the same code.
     * @throws BuildIdTaken where this id has stood for other code
     */
    async enter(deploymentName: string, buildId: string, codeSha256: string, at: Date): Promise<void> {
      const entered = await collectionOf<WorkerBuildDocument>(builds as never).findOneAndUpdate(
        { _id: `${deploymentName}/${buildId}` },
        { $setOnInsert: { codeSha256, enteredAt: at } },
        { upsert: true, returnDocument: 'after' },
      );
      if (entered?.codeSha256 === codeSha256) return;
      throw new BuildIdTaken(
        `the build id ${buildId} of ${deploymentName} stands for other workflow code; give TEMPORAL_WORKER_BUILD_ID another value for each build`,
      );
    },
  };
}
