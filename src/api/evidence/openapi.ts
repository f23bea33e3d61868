import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { evidenceTypes } from '../../domain/policy/evidenceTypes.ts';
import { evidenceAnswer, uploadFields } from './schema.ts';

const id = z.object({ id: z.uuid() });
const binary = z.string().meta({ format: 'binary' });
const tags = ['Evidence'];
const described = { content: { 'application/json': { schema: evidenceAnswer } } };

/** Files as the contract describes them: they take and answer other than JSON, so no route table knows them. */
export function evidencePaths(problem: (description: string) => RouteConfig['responses'][string]): RouteConfig[] {
  const refusals = {
    401: problem('No usable token'),
    403: problem('Not for this role'),
    429: problem('Too many requests'),
    500: problem('A fault of ours'),
    503: problem('The database is away'),
  };
  const hidden = { 404: problem('There is none, or it is not the caller’s to know') };
  return [
    {
      method: 'post',
      path: '/v1/evidence',
      operationId: 'postEvidence',
      summary:
        'Uploads a file; naming its id in a command attaches it, one that nothing names is removed after 7 days (`unattachedEvidence` of the policy)',
      description: 'For: consumer, merchant, agent',
      tags,
      request: {
        headers: z.object({
          'Idempotency-Key': z.string().min(1).max(255).meta({ description: 'the same when the request is repeated' }),
        }),
        body: {
          required: true,
          content: { 'multipart/form-data': { schema: uploadFields.extend({ file: binary }) } },
        },
      },
      responses: {
        201: { description: 'Created', ...described },
        400: problem('A broken form, or a header missing'),
        413: problem('Larger than the policy allows. Codes: evidence_too_large'),
        415: problem('No multipart/form-data'),
        422: problem(
          'Codes: evidence_type_not_allowed, evidence_type_mismatch, evidence_empty, idempotency_key_reused, validation_failed',
        ),
        ...refusals,
        429: problem(
          'Too many requests or uploads at once, or too many files that nothing refers to. Codes: rate_limited, too_many_unattached',
        ),
      },
    },
    {
      method: 'get',
      path: '/v1/evidence/{id}',
      operationId: 'getEvidenceId',
      summary: 'What a file is, to its uploader and, once attached, to the parties and agents',
      tags,
      request: { params: id },
      responses: { 200: { description: 'Done', ...described }, ...hidden, ...refusals },
    },
    {
      method: 'get',
      path: '/v1/evidence/{id}/content',
      operationId: 'getEvidenceIdContent',
      summary: 'The file itself, to be saved; a single byte range may be asked for',
      tags,
      request: { params: id, headers: z.object({ Range: z.string().optional() }) },
      responses: {
        200: {
          description: 'All of it',
          content: Object.fromEntries(evidenceTypes.map((type) => [type, { schema: binary }])),
        },
        206: { description: 'The range that was asked for' },
        304: { description: 'What If-None-Match names is current' },
        410: problem('Erased at its uploader’s request. Codes: evidence_erased'),
        416: problem('The file ends before what is asked for. Codes: range_not_satisfiable'),
        ...hidden,
        ...refusals,
      },
    },
  ];
}
