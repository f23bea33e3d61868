import { inject } from 'vitest';
import { type Api, type ApiOptions, startApi } from './harness.ts';

/** An API over the servers that this run of the tests has started, on a database and a queue of its own unless it is told otherwise. */
export const apiHere = (more: Partial<ApiOptions> = {}): Promise<Api> =>
  startApi({
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
    ...more,
  });
