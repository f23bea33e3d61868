/** Names of what is kept of the API's answers. What changes together begins alike. */
export const keys = {
  orders: ['orders'] as const,
  order: (id: string) => ['order', id] as const,
  returnOptions: (orderId: string) => ['order', orderId, 'return-options'] as const,
  cases: ['cases'] as const,
  case: (id: string) => ['case', id] as const,
  /** What belongs to a case beside its own answer. */
  ofCase: (id: string) => ['of-case', id] as const,
  timeline: (id: string) => ['of-case', id, 'timeline'] as const,
  evidenceOfCase: (id: string) => ['of-case', id, 'evidence'] as const,
  dossier: (id: string) => ['of-case', id, 'dossier'] as const,
  conversation: (kind: 'orders' | 'cases', id: string) => ['conversation', kind, id] as const,
  messages: ['messages'] as const,
  profile: ['profile'] as const,
  refusalCodes: ['refusal-codes'] as const,
  queues: ['queues'] as const,
  tickets: ['tickets'] as const,
  ticket: (id: string) => ['ticket', id] as const,
  evidence: (id: string) => ['evidence', id] as const,
};
