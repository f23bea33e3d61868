import { z } from 'zod';

/**
 * Ways to fail: `decline` refuses for good; `unavailable` answers 503 and does nothing; `timeout_before` does nothing and never
 * answers; `timeout_after` pays and never answers; `pending` takes the order without settling it.
 */
const modes = ['decline', 'unavailable', 'timeout_before', 'timeout_after', 'pending'] as const;
type Mode = (typeof modes)[number];

export const faultSchema = z
  .strictObject({
    operation: z.enum(['refund', 'payout', 'find']),
    mode: z.enum(modes),
    times: z.int().min(1).max(1_000_000).default(1),
  })
  .refine(({ operation, mode }) => operation !== 'find' || (mode !== 'decline' && mode !== 'pending'), {
    path: ['mode'],
    message: 'asking moves no money: it can only be unavailable or time out',
  });

/** A fault that the next `times` calls of an operation meet. */
export type Fault = z.infer<typeof faultSchema>;

/** The faults that are waiting; in memory only, so that a restart is the way out of any. */
export class Faults {
  private queue: Fault[] = [];

  /** Adds one behind those that wait for the same operation. */
  add(fault: Fault): void {
    this.queue.push({ ...fault });
  }

  list(): Fault[] {
    return this.queue.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.queue = [];
  }

  /** The mode that a call meets now, used up once; undefined where it goes well, or where the next one does not apply to it. */
  take(operation: Fault['operation'], applies: (mode: Mode) => boolean = () => true): Mode | undefined {
    const fault = this.queue.find((waiting) => waiting.operation === operation);
    if (!fault || !applies(fault.mode)) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.queue = this.queue.filter((waiting) => waiting !== fault);
    return fault.mode;
  }
}
