import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';

/** The header in which the clients' and activities' interceptors keep whose trace a call belongs to. */
const traceHeader = '_tracer-data';

/**
 * Carries the trace of the command heard last to what is carried out after it; what a deadline brings about counts to the trace of
 * the command before. Every call is passed on at once, with no promise in between: what a workflow decides, and in which order, is
 * the same with and without this.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  const hear = ({ [traceHeader]: given }: Headers) => {
    if (given) trace = { [traceHeader]: given };
  };
  const withTrace = <Input extends { headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          hear(input.headers);
          return next(input);
        },
        handleSignal(input, next) {
          hear(input.headers);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(withTrace(input)),
        continueAsNew: (input, next) => next(withTrace(input)),
      },
    ],
  };
}
