import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

/** Tells the test of everything that a workflow has carried out. */
export interface ScheduledSink extends Sinks {
  scheduled: { activity: (type: string, args: unknown[]) => void };
}

const { scheduled } = proxySinks<ScheduledSink>();

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        scheduled.activity(input.activityType, input.args);
        return next(input);
      },
    },
  ],
});
