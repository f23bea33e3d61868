import 'vitest';

// What the global set-ups hand to test files, by `inject(name)`.
declare module 'vitest' {
  interface ProvidedContext {
    /** e2e: a one-node replica set; take a database of your own in it, so that files don't meet. */
    mongodbUrl: string;
    /** e2e: a Temporal server with our search attributes, namespace `default`. */
    temporalAddress: string;
    /** e2e: an empty folder for logs and data, gone at the end. */
    scratch: string;
    /** workflow: the time-skipping test server: `{ server: { executable: { type: 'existing-path', path } } }`. */
    testServerPath: string;
  }
}
