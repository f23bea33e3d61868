import { type Connection, type Model, type mongo, Schema } from 'mongoose';
import type {
  AllocationDocument,
  CaseDocument,
  CommandDocument,
  ConversationDocument,
  DeadlineExtensionDocument,
  DifferenceDocument,
  EndpointDocument,
  ErasureDocument,
  ExtendedSubjectDocument,
  LeaseDocument,
  LedgerDocument,
  MoneyChangeDocument,
  MoneyDocument,
  MoneyUnansweredDocument,
  MovementDocument,
  OrderDocument,
  OutboxDocument,
  OutcomeDocument,
  PolicyDocumentStored,
  ProfileDocument,
  RatingDocument,
  ReconciliationDocument,
  RepublicationDocument,
  TicketDocument,
  TimelineDocument,
  WorkerBuildDocument,
} from './documents.ts';
import { makeIndexes } from './indexes.ts';

const { Mixed } = Schema.Types;
const options = { versionKey: false, strict: true, minimize: false } as const;
const ninetyDays = 90 * 24 * 3600;

const listed = {
  status: String,
  consumerId: String,
  merchantId: String,
  orderId: String,
  kind: String,
  reason: String,
  deadlineAt: Date,
  queues: [String],
  queuePlace: Number,
  queuedSince: Date,
  text: String,
  createdAt: Date,
  updatedAt: Date,
};
const subject = {
  _id: String,
  ...listed,
  writeSeq: Number,
  timelineSeq: Number,
  version: Number,
  state: Mixed,
  outcomes: [Mixed],
  erasedAt: Date,
};

// Lists are always one party's or everybody's, newest first or by deadline; `_id` makes their cursors stable.
function subjectSchema() {
  const schema = new Schema(subject, options);
  for (const party of ['consumerId', 'merchantId', 'orderId', 'status'])
    schema.index({ [party]: 1, createdAt: -1, _id: -1 });
  schema.index({ createdAt: -1, _id: -1 });
  schema.index({ updatedAt: -1, _id: -1 });
  schema.index({ merchantId: 1, updatedAt: -1, _id: -1 });
  schema.index({ status: 1, deadlineAt: 1, _id: 1 });
  schema.index({ merchantId: 1, deadlineAt: 1, _id: 1 });
  schema.index({ deadlineAt: 1, _id: 1 });
  schema.index({ queues: 1, queuePlace: 1, _id: 1 });
  // Money that is open beside a status, which few have.
  for (const state of ['state.refunds.state', 'state.merchantAppeal.payout.outcome'])
    schema.index({ [state]: 1 }, { sparse: true });
  // Cases that were abandoned, of which there are hardly any.
  schema.index(
    { 'state.stage.reason': 1, updatedAt: -1, _id: -1 },
    { partialFilterExpression: { 'state.stage.reason': 'abandoned' } },
  );
  // A deadline beside the case's own.
  schema.index({ 'state.merchantAppeal.deadline.at': 1, _id: 1 }, { sparse: true });
  return schema;
}

// A merchant with many cases looks for a status that few of them have.
const cases = subjectSchema().index({ merchantId: 1, status: 1, deadlineAt: 1, _id: 1 });

const timeline = new Schema(
  {
    _id: String,
    subject: String,
    seq: Number,
    at: Date,
    type: { type: String },
    actor: Mixed,
    rule: String,
    deadline: Mixed,
    detail: Mixed,
    status: String,
  },
  options,
).index({ subject: 1, seq: 1 });

const outcomes = new Schema(
  {
    _id: String,
    subject: String,
    state: String,
    code: String,
    detail: String,
    field: String,
    version: Number,
    at: Date,
  },
  options,
).index({ at: 1 }, { expireAfterSeconds: ninetyDays });

const outbox = new Schema(
  {
    _id: String,
    channel: String,
    to: String,
    event: String,
    automatic: Boolean,
    orderId: String,
    caseId: String,
    ticketId: String,
    status: String,
    deadline: Mixed,
    payment: Mixed,
    text: String,
    createdAt: Date,
    readAt: Date,
    seq: Number,
    state: String,
    nextTryAt: Date,
    courier: Number,
    lane: String,
    since: Date,
    tried: Number,
    tries: [Mixed],
    sentAt: Date,
    reason: String,
    resentBy: [String],
    body: String,
  },
  options,
)
  .index({ to: 1, channel: 1, createdAt: -1, _id: -1 })
  // what is erased with a consumer's orders
  .index({ orderId: 1 }, { sparse: true })
  // what waits for a courier, and nothing of what it has sent
  .index({ courier: 1, lane: 1, nextTryAt: 1, seq: 1 }, { partialFilterExpression: { state: 'pending' } })
  .index({ state: 1, channel: 1, createdAt: 1 }, { partialFilterExpression: { state: 'pending' } })
  // what was sent, and nothing that is in an inbox, waits, was skipped or has failed
  .index({ sentAt: 1 }, { expireAfterSeconds: ninetyDays, partialFilterExpression: { state: 'sent' } });

const ledger = new Schema(
  {
    _id: String,
    at: Date,
    movementKey: String,
    kind: String,
    debit: String,
    credit: String,
    amount: Number,
    currency: String,
    orderId: String,
    caseId: String,
    byHand: Boolean,
  },
  options,
)
  .index({ orderId: 1, at: 1, _id: 1 })
  .index({ caseId: 1, at: 1, _id: 1 })
  .index({ at: 1, _id: 1 })
  .index({ kind: 1, at: 1 });

const allocations = new Schema(
  {
    _id: String,
    revision: Number,
    order: Mixed,
    deliveredAt: Number,
    extendedUntil: Number,
    completed: Boolean,
    completionAwaited: Boolean,
    cases: Mixed,
  },
  options,
);
const policies = new Schema({ _id: Number, document: Mixed, publishedBy: String, publishedAt: Date }, options);
const profiles = new Schema(
  { _id: String, email: String, language: String, emailOn: Boolean, returnAddress: Mixed },
  options,
);
const webhooks = new Schema(
  {
    _id: String,
    url: String,
    events: [String],
    description: String,
    enabled: Boolean,
    disabledReason: String,
    secrets: [Mixed],
    createdAt: Date,
    updatedAt: Date,
  },
  options,
).index({ createdAt: -1, _id: -1 });
const commands = new Schema(
  { _id: String, subject: String, bodyHash: String, receivedAt: Number, by: Mixed, at: Date, answer: Mixed },
  options,
).index({ at: 1 }, { expireAfterSeconds: ninetyDays });

const leases = new Schema({ _id: String, agent: String, until: Date, command: String, claimed: Boolean }, options)
  .index({ agent: 1 })
  .index({ until: 1 }, { expireAfterSeconds: 3600 });
const conversations = new Schema(
  {
    _id: String,
    subject: String,
    seq: Number,
    orderId: String,
    caseId: String,
    by: Mixed,
    text: String,
    evidenceIds: [String],
    createdAt: Date,
  },
  options,
)
  .index({ orderId: 1, seq: 1 }, { unique: true })
  .index({ subject: 1, seq: 1 })
  .index({ subject: 1, 'by.role': 1, 'by.id': 1 });

const ratings = new Schema(
  {
    _id: String,
    commandId: String,
    orderId: String,
    consumerId: String,
    merchantId: String,
    agents: [String],
    rating: Number,
    comment: String,
    at: Date,
  },
  options,
)
  .index({ at: 1 })
  .index({ consumerId: 1 })
  .index({ merchantId: 1, at: 1 });
const erasures = new Schema(
  { _id: String, consumerId: String, requestedBy: String, requestedAt: Date, doneAt: Date, erased: Mixed },
  options,
);
const deadlineExtensions = new Schema(
  {
    _id: String,
    request: Mixed,
    requestedBy: String,
    requestedAt: Date,
    finishedAt: Date,
    withoutDeadline: Number,
  },
  options,
).index({ requestedAt: -1, _id: -1 });
const extendedSubjects = new Schema({ _id: String, extension: String, subject: String, result: String }, options).index(
  {
    extension: 1,
    result: 1,
  },
);

const money = new Schema({ _id: String, revision: Number }, { ...options, strict: false });
const moneyUnanswered = new Schema({ _id: String, day: String, amount: Mixed, at: Date }, options).index(
  { at: 1 },
  { expireAfterSeconds: 10 * 24 * 3600 },
);
const moneyChanges = new Schema({ _id: String, change: Mixed }, options).index({ 'change.seq': -1 }, { unique: true });
const builds = new Schema({ _id: String, codeSha256: String, enteredAt: Date }, options);

const republications = new Schema(
  {
    _id: String,
    scope: Mixed,
    requestedBy: Mixed,
    requestedAt: Date,
    doneAt: Date,
    done: Mixed,
    failed: [Mixed],
  },
  options,
).index({ requestedAt: -1, _id: -1 });

const reconciliations = new Schema(
  {
    _id: String,
    requestedBy: Mixed,
    requestedAt: Date,
    from: Date,
    to: Date,
    askAll: Boolean,
    doneAt: Date,
    looked: Mixed,
    differences: Number,
    notCompared: [String],
  },
  options,
)
  .index({ requestedAt: -1, _id: -1 })
  .index({ doneAt: -1 });
const differences = new Schema(
  {
    _id: String,
    reconciliation: String,
    code: String,
    subject: String,
    orderId: String,
    movementKey: String,
    detail: String,
    mend: String,
    call: Mixed,
    at: Date,
  },
  options,
).index({ reconciliation: 1, _id: 1 });
const movements = new Schema(
  {
    _id: String,
    key: String,
    purpose: String,
    kind: String,
    orderId: String,
    amount: Number,
    currency: String,
    reference: String,
    at: Date,
    seenAt: Date,
  },
  options,
)
  .index({ key: 1 })
  .index({ purpose: 1 })
  .index({ seenAt: 1 }, { expireAfterSeconds: ninetyDays });

/** Every collection of the service; nothing outside the store names one. */
export function defineModels(connection: Connection) {
  const model = <Document>(name: string, schema: Schema) =>
    connection.model(name, schema, name) as unknown as Model<Document>;
  return {
    cases: model<CaseDocument>('cases', cases),
    orders: model<OrderDocument>('orders', subjectSchema()),
    tickets: model<TicketDocument>('tickets', subjectSchema()),
    timeline: model<TimelineDocument>('timeline', timeline),
    outcomes: model<OutcomeDocument>('outcomes', outcomes),
    outbox: model<OutboxDocument>('outbox', outbox),
    ledger: model<LedgerDocument>('ledger', ledger),
    allocations: model<AllocationDocument>('allocations', allocations),
    policies: model<PolicyDocumentStored>('policies', policies),
    profiles: model<ProfileDocument>('profiles', profiles),
    commands: model<CommandDocument>('commands', commands),
    leases: model<LeaseDocument>('leases', leases),
    conversations: model<ConversationDocument>('conversations', conversations),
    ratings: model<RatingDocument>('ratings', ratings),
    webhooks: model<EndpointDocument>('webhooks', webhooks),
    erasures: model<ErasureDocument>('erasures', erasures),
    deadlineExtensions: model<DeadlineExtensionDocument>('deadlineExtensions', deadlineExtensions),
    extendedSubjects: model<ExtendedSubjectDocument>('extendedSubjects', extendedSubjects),
    money: model<MoneyDocument>('money', money),
    moneyUnanswered: model<MoneyUnansweredDocument>('moneyUnanswered', moneyUnanswered),
    moneyChanges: model<MoneyChangeDocument>('moneyChanges', moneyChanges),
    reconciliations: model<ReconciliationDocument>('reconciliations', reconciliations),
    differences: model<DifferenceDocument>('differences', differences),
    movements: model<MovementDocument>('movements', movements),
    republications: model<RepublicationDocument>('republications', republications),
    builds: model<WorkerBuildDocument>('builds', builds),
  };
}
export type Models = ReturnType<typeof defineModels>;

/** Makes every collection and index that is missing; safe to repeat and to run beside itself. */
export async function prepareCollections(connection: Connection): Promise<void> {
  const prepare = async (model: Model<unknown>) => {
    await model.createCollection();
    const indexes = model.schema.indexes().map(([key, how]) => ({ key, ...how }) as mongo.IndexDescription);
    await makeIndexes(connection, model.collection.collectionName, indexes);
  };
  await Promise.all(Object.values(connection.models).map(prepare));
}
