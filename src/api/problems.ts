import { STATUS_CODES } from 'node:http';
import type { Outcome } from '../domain/outcome.ts';
import { type RefusalCode, refusalCodes } from '../domain/refusals.ts';
import type { EvidenceRefusal } from '../store/evidenceRefusals.ts';

/** What is wrong with one field of a request. */
export type FieldError = { field: string; detail: string };

/** What a problem may say beside its code and detail; `members` are fields of its own in the answer, as RFC 9457 has them. */
type More = { errors?: FieldError[]; headers?: Record<string, string>; members?: Record<string, unknown> };

/** Codes of what the edge itself refuses, and their status. */
const edgeCodes = {
  unauthenticated: 401,
  bad_signature: 401,
  role_not_allowed: 403,
  origin_not_allowed: 403,
  malformed_json: 400,
  idempotency_key_required: 400,
  idempotency_key_invalid: 400,
  if_match_invalid: 400,
  request_malformed: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  validation_failed: 422,
  idempotency_key_reused: 422,
  payload_undecodable: 422,
  rate_limited: 429,
  not_found: 404,
  method_not_allowed: 405,
  evidence_erased: 410,
  case_not_found: 404,
  ticket_not_found: 404,
  command_not_found: 404,
  extension_not_found: 404,
  cases_still_open: 409,
  message_not_found: 404,
  queue_not_found: 404,
  subject_not_found: 404,
  job_not_found: 404,
  workflow_healthy: 409,
  not_in_queue: 409,
  claimed_by_another: 409,
  not_claimed_by_you: 409,
  range_not_satisfiable: 416,
  too_many_messages: 409,
  not_ended: 409,
  already_rated: 409,
  window_too_large: 422,
  too_many_unattached: 429,
  too_many_streams: 429,
  stopping: 503,
  webhook_not_found: 404,
  delivery_not_found: 404,
  webhook_disabled: 409,
  outcome_unknown: 503,
  store_unavailable: 503,
  key_set_unavailable: 503,
  internal_error: 500,
} as const;
export type EdgeCode = keyof typeof edgeCodes;

/** Where the status of a refusal by the rules is not 409. */
const refusalStatus: Partial<Record<RefusalCode, number>> = {
  stale_version: 412,
  too_many_pending: 429,
  not_your_action: 403,
  order_not_found: 404,
  line_unknown: 422,
  evidence_required: 422,
  note_required: 422,
  refusal_code_required: 422,
  reason_does_not_fit: 422,
  nothing_submitted: 422,
  refund_amount_required: 422,
  refund_amount_not_allowed: 422,
  refund_above_refundable: 422,
  remedy_required: 422,
  remedy_not_allowed: 422,
  ruled_before: 403,
  voucher_amount_mismatch: 422,
  voucher_paid_in_future: 422,
  deadline_extension_invalid: 422,
  delivered_in_future: 422,
  evidence_not_of_ticket: 422,
  case_not_of_ticket: 422,
};

/** A request that is refused, as RFC 9457 says it: `application/problem+json` with a stable `code`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  private constructor(status: number, code: string, detail: string, more: More = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.members = more.members ?? {};
  }

  /** What the edge refuses by itself. */
  static of(code: EdgeCode, detail: string, more: More = {}): Problem {
    return new Problem(edgeCodes[code], code, detail, more);
  }

  /** What the rules refuse. */
  static refusal(
    { code, detail, field }: { code: RefusalCode; detail: string; field?: string },
    headers: Record<string, string> = {},
  ): Problem {
    return new Problem(refusalStatus[code] ?? 409, code, detail, {
      ...(field ? { errors: [{ field, detail }] } : {}),
      headers,
    });
  }

  /** A command's refusal, as its workflow gave it. */
  static ofOutcome({ code, detail, field }: Outcome): Problem {
    if (!code) throw new TypeError('an outcome that was not refused is no problem');
    // it was decided: the same key is answered the same for ever
    if (code === 'too_many_pending')
      return Problem.refusal({ code, detail: 'too many commands were waiting: ask again under a new Idempotency-Key' });
    return Problem.refusal({ code, detail: detail ?? code, ...(field ? { field } : {}) });
  }

  /** What is wrong with a file, or with naming it. */
  static ofEvidence({ code, detail }: EvidenceRefusal, field = 'evidenceIds'): Problem {
    return new Problem(code === 'evidence_too_large' ? 413 : 422, code, detail, { errors: [{ field, detail }] });
  }

  /** The body of the answer. */
  toBody(requestId: string): Record<string, unknown> {
    const title = STATUS_CODES[this.status] ?? 'Error';
    return {
      type: 'about:blank',
      title,
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      ...this.members,
      requestId,
    };
  }
}

/** Whether something is refused with this code because of how things stand: 409. */
export const isConflict = (code: string): boolean =>
  Object.hasOwn(edgeCodes, code)
    ? edgeCodes[code as EdgeCode] === 409
    : refusalCodes.includes(code as RefusalCode) && (refusalStatus[code as RefusalCode] ?? 409) === 409;

/** Every code the edge gives, for the documentation. */
export const edgeProblemCodes = Object.keys(edgeCodes) as EdgeCode[];
