import { z } from 'zod';
import { roles } from '../../domain/parties.ts';
import type { CommandDocument } from '../../store/documents.ts';
import { subjectNamed } from '../../store/queries.ts';
import type { Service } from '../context.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';

const commandAnswer = z
  .object({
    id: z.string(),
    state: z.enum(['pending', 'accepted', 'refused']),
    code: z.string().optional(),
    detail: z.string().optional(),
    field: z.string().optional().meta({ description: 'which of the command’s fields was refused' }),
    subject: z.string().meta({ description: 'such as case/<id>' }),
    version: z.int().optional(),
  })
  .meta({ id: 'Command' });

const commandNotFound = () => Problem.of('command_not_found', 'you have given no such command');

/**
 * Whether no workflow takes a command that is remembered under a subject, as it was until 0.2.0: one that left a message, a rating, or
 * a mark on a message, whose id goes on behind its subject.
 */
async function isDoneHere({ store }: Service, { _id, subject }: CommandDocument): Promise<boolean> {
  if (subject.split('/').length > 2) return true;
  const [said, rated] = await Promise.all([store.conversations.find(_id), store.ratings.find(subject)]);
  return said !== null || rated?.commandId === _id;
}

const one = route({
  method: 'get',
  path: '/v1/commands/:id',
  summary: 'What came of a command of the caller’s own',
  tag: 'Own',
  roles,
  answer: commandAnswer,
  refuses: ['command_not_found'],
  async answers(service, { caller, params }) {
    const { store } = service;
    const found = await store.commands.find(params['id'] ?? '');
    // where no workflow takes it, it is done when it is answered
    const on = found && subjectNamed(found.subject);
    if (!on || found.by.role !== caller.role || found.by.id !== caller.id) throw commandNotFound();
    const { _id: id, subject } = found;
    const { outcome } = await store.queries.outcome(on, id);
    if (!outcome && (await isDoneHere(service, found))) throw commandNotFound();
    if (!outcome) return { body: { id, state: 'pending', subject } };
    const { state, code, detail, field, version } = outcome;
    const why = { ...(code ? { code } : {}), ...(detail ? { detail } : {}), ...(field ? { field } : {}) };
    return { body: { id, state, ...why, subject, version } };
  },
});

/** What came of commands that were answered 202. */
export const commandRoutes: readonly Route[] = [one];
