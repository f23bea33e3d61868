import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import type { CaseState } from '../../src/domain/case/case.ts';
import type { Application, CaseCommands } from '../../src/domain/case/commands.ts';
import type { OrderCommands } from '../../src/domain/order/commands.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import type { OrderState } from '../../src/domain/order/order.ts';
import type { Actor } from '../../src/domain/parties.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import type { TicketCommands } from '../../src/domain/ticket/commands.ts';
import type { TicketState } from '../../src/domain/ticket/ticket.ts';
import { createWorker } from '../../src/worker/worker.ts';
import type { Envelope } from '../../src/workflows/messages.ts';
import { searchAttributes } from '../../src/workflows/searchAttributes.ts';
import { caseStart, orderStart, ticketStart } from '../../src/workflows/starting.ts';
import { anApplication, aPolicy, aTicket } from '../builders.ts';
import { World } from './world.ts';

export const consumer: Actor = { role: 'consumer', id: 'c-1' };
export const merchant: Actor = { role: 'merchant', id: 'm-1' };
export const agent: Actor = { role: 'agent', id: 'a-1' };
export const service: Actor = { role: 'service', id: 's-1' };

/**
 * What deadlines wait for commands that were received in time. Longer than any machine stalls, since a skipped clock runs on while a
 * test is kept from sending; skipped time costs nothing.
 */
export const graceMs = 60_000;

/** The SDK gives a server five seconds to come up; a busy machine may need more. */
async function timeSkipping(path: string): Promise<TestWorkflowEnvironment> {
  for (let left = 5; ; left -= 1)
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path } },
      });
    } catch (error) {
      if (left === 1) throw error;
    }
}

type Options = {
  graceMs?: number;
  /** 0 where workers are stopped: no task then waits for the memory of one that is gone. */
  maxCachedWorkflows?: number;
  /** After how many events of its history a workflow is told to continue as new; on a development server. */
  eventsARun?: number;
};

let installed = false;
function quiet(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
}

const { INDEXED_VALUE_TYPE_KEYWORD: Keyword, INDEXED_VALUE_TYPE_DATETIME: Datetime } =
  proto.temporal.api.enums.v1.IndexedValueType;
const indexedValueTypes = { Keyword, Datetime };

type AnyCommand<Commands> = { [Name in keyof Commands]: [name: Name, fields: Commands[Name]] }[keyof Commands];

/** Workflows on the time-skipping server, with a worker that can be taken away and a world in memory. */
export class Harness {
  readonly env: TestWorkflowEnvironment;
  readonly world = new World();
  readonly taskQueue = `q-${randomUUID()}`;
  private worker: { worker: Worker; running: Promise<void> } | undefined;

  readonly graceMs: number;
  private readonly maxCachedWorkflows: number | undefined;

  private constructor(env: TestWorkflowEnvironment, options: Options) {
    this.env = env;
    this.graceMs = options.graceMs ?? graceMs;
    this.maxCachedWorkflows = options.maxCachedWorkflows;
  }

  /** On the time-skipping server at `path`. */
  static async start(path: string, options: Options = {}): Promise<Harness> {
    quiet();
    return Harness.on(await timeSkipping(path), options);
  }

  /** On a development server of its own, the program at `path`, where time passes as it does. */
  static async startInRealTime(path: string, options: Options = {}): Promise<Harness> {
    quiet();
    const { eventsARun } = options;
    const extraArgs =
      eventsARun === undefined
        ? []
        : ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${eventsARun}`];
    return Harness.on(
      await TestWorkflowEnvironment.createLocal({
        server: { executable: { type: 'existing-path', path }, extraArgs },
      }),
      options,
    );
  }

  private static async on(env: TestWorkflowEnvironment, options: Options): Promise<Harness> {
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(
        Object.entries(searchAttributes).map(([name, type]) => [name, indexedValueTypes[type]]),
      ),
    });
    const harness = new Harness(env, options);
    await harness.startWorker();
    return harness;
  }

  async startWorker(): Promise<void> {
    const worker = await createWorker({
      connection: this.env.nativeConnection,
      namespace: 'default',
      taskQueue: this.taskQueue,
      activities: { ...this.world.activities(this.env.client), ...this.world.jobs() },
      workflowBundle: { codePath: process.env['WORKFLOW_BUNDLE']! },
      ...(this.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: this.maxCachedWorkflows }),
    });
    this.worker = { worker, running: worker.run() };
  }

  async stopWorker(): Promise<void> {
    const { worker, running } = this.worker!;
    worker.shutdown();
    await running;
    this.worker = undefined;
  }

  async stop(): Promise<void> {
    if (this.worker) await this.stopWorker();
    await this.env.teardown();
  }

  now(): Promise<number> {
    return this.env.currentTimeMs();
  }

  /** Lets workflow time pass until `at` (UTC ms). */
  async sleepUntil(at: number): Promise<void> {
    const left = at - (await this.now());
    if (left > 0) await this.env.sleep(left);
  }

  /** Applies for a case on a delivered order; resolves once it is answered. `receivedAt` is now unless given. */
  async apply(
    order: OrderFacts,
    wish: { application?: Partial<Application>; policy?: Policy; receivedAt?: number } = {},
  ): Promise<CaseUnderTest> {
    const { application = {}, policy = aPolicy() } = wish;
    const caseId = randomUUID();
    const applied: Envelope = {
      commandId: `apply-${caseId}`,
      receivedAt: wish.receivedAt ?? (await this.now()),
      actor: consumer,
    };
    const input = {
      caseId,
      consumerId: order.consumerId,
      application: anApplication(order.id, application),
      channel: 'return_page' as const,
      policy,
      applied,
      settings: { graceMs: this.graceMs },
    };
    const { type, ...options } = caseStart(input, order);
    await this.env.client.workflow.start(type, { ...options, taskQueue: this.taskQueue });
    const one = new CaseUnderTest(this, `case/${caseId}`, caseId, applied);
    if (this.worker) await one.answered(applied.commandId);
    return one;
  }

  /** Places an order; resolves once it is answered. */
  async place(facts: OrderFacts): Promise<OrderUnderTest> {
    const placed: Envelope = { commandId: `place-${facts.id}`, receivedAt: await this.now(), actor: service };
    const { type, ...options } = orderStart({ orderId: facts.id, settings: { graceMs: this.graceMs }, facts, placed });
    await this.env.client.workflow.start(type, { ...options, taskQueue: this.taskQueue });
    const one = new OrderUnderTest(this, `order/${facts.id}`, facts.id, placed);
    await one.answered(placed.commandId);
    return one;
  }

  /** Opens a support ticket about an order; resolves once it is answered. */
  async openTicket(order: OrderFacts, policy: Policy = aPolicy()): Promise<TicketUnderTest> {
    const receivedAt = await this.now();
    const facts = aTicket(order, { policy, openedAt: receivedAt });
    const opened: Envelope = { commandId: `open-${facts.id}`, receivedAt, actor: consumer };
    const { type, ...options } = ticketStart({
      ticketId: facts.id,
      facts,
      opened,
      settings: { graceMs: this.graceMs },
    });
    await this.env.client.workflow.start(type, { ...options, taskQueue: this.taskQueue });
    const one = new TicketUnderTest(this, `ticket/${facts.id}`, facts.id, opened);
    await one.answered(opened.commandId);
    return one;
  }
}

/** A subject's workflow with what is known of it outside. */
class SubjectUnderTest<State, Commands> {
  readonly harness: Harness;
  readonly subject: string;
  readonly id: string;
  readonly opened: Envelope;
  private sent = 0;

  constructor(harness: Harness, subject: string, id: string, opened: Envelope) {
    this.harness = harness;
    this.subject = subject;
    this.id = id;
    this.opened = opened;
  }

  get handle() {
    return this.harness.env.client.workflow.getHandle(this.subject);
  }

  /** Hands a command over without waiting for its answer; answers its id. `receivedAt` is now unless given. */
  async send(actor: Actor, [name, fields]: AnyCommand<Commands>, more: Partial<Envelope> = {}): Promise<string> {
    // counted before anything is waited for: two commands at once are two commands
    this.sent += 1;
    const own = `${this.subject}-${this.sent}`;
    const receivedAt = more.receivedAt ?? (await this.harness.now());
    const envelope: Envelope = { commandId: own, actor, ...more, receivedAt };
    await this.handle.signal(String(name), fields, envelope);
    return envelope.commandId;
  }

  /** Sends a command and waits for its answer: `accepted`, or the code of its refusal. */
  async give(actor: Actor, command: AnyCommand<Commands>, more: Partial<Envelope> = {}): Promise<string> {
    return this.answered(await this.send(actor, command, more));
  }

  async answered(commandId: string): Promise<string> {
    const { outcomes } = this.harness.world;
    await this.harness.world.until(() => outcomes.has(commandId));
    const outcome = outcomes.get(commandId)!;
    return outcome.code ?? outcome.state;
  }

  /** Resolves once what is written has this status. */
  async becomes(status: string): Promise<void> {
    await this.harness.world.until(() => this.document?.listed.status === status);
  }

  get document() {
    return this.harness.world.documents.get(this.subject);
  }

  get state(): State {
    return this.document!.state as State;
  }

  get status(): string | undefined {
    return this.document?.listed.status;
  }

  /** The deadline that is shown, UTC ms. */
  get deadlineAt(): number {
    return this.document!.listed.deadlineAt!;
  }

  /** What moved the subject: the timeline's types in order, reminders aside. */
  get story(): string[] {
    return this.timeline.map(({ type }) => type).filter((type) => type !== 'reminded');
  }

  get timeline() {
    return this.harness.world.timelines.get(this.subject) ?? [];
  }
}

export class CaseUnderTest extends SubjectUnderTest<CaseState, CaseCommands> {}
export class OrderUnderTest extends SubjectUnderTest<OrderState, OrderCommands> {}
export class TicketUnderTest extends SubjectUnderTest<TicketState, TicketCommands> {}
