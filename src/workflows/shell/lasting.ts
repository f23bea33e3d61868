import { CancellationScope } from '@temporalio/workflow';

/**
 * A subject's workflow, which ends by its rules alone. Cancelled from the Temporal UI it would close without a word to anybody, its
 * deadlines with it, or hang half-way: a request to cancel changes nothing. What is broken is ended by `POST /v1/abandonments`.
 */
export const lasting =
  <Given extends unknown[]>(live: (...given: Given) => Promise<void>) =>
  (...given: Given): Promise<void> =>
    CancellationScope.nonCancellable(() => live(...given));
