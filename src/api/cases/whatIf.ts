import { z } from 'zod';
import { caseStatuses } from '../../domain/case/case.ts';
import { type CaseCommandName, caseCommandSchemas } from '../../domain/case/commands.ts';
import type { Imagined } from '../../domain/case/course.ts';
import { rolesFor } from '../../domain/case/decide.ts';
import { type Foresight, foresee, foreseeAction } from '../../domain/case/foresight.ts';
import type { Role } from '../../domain/parties.ts';
import { actionOf } from '../actions.ts';
import type { Caller } from '../authentication.ts';
import { ownCase } from '../ownership.ts';
import { type Route, route } from '../route.ts';
import { actorSchema, deadlineSchema, isoTime, moneySchema, shownDeadline, timeSchema } from '../schemas.ts';

const names = Object.keys(caseCommandSchemas) as CaseCommandName[];
const nameOf = new Map(names.map((name) => [actionOf(name), name]));
const parties = ['consumer', 'merchant'] as const;

/** An action is named as `availableActions` names it, with the fields that its own route takes. */
const question = z
  .strictObject({
    action: z.enum(names.map(actionOf)).optional().meta({ description: 'without one: what happens if nobody acts' }),
    fields: z.record(z.string(), z.unknown()).optional().meta({ description: 'as the action’s own route takes them' }),
    as: z.enum(parties).optional().meta({ description: 'whose action, where either party could take it' }),
  })
  .superRefine(({ action, fields, as }, context) => {
    const name = action === undefined ? undefined : nameOf.get(action);
    if (!name) {
      for (const [field, given] of Object.entries({ fields, as }))
        if (given !== undefined) context.addIssue({ code: 'custom', path: [field], message: 'needs an action' });
      return;
    }
    if (as && !rolesFor(name).includes(as))
      context.addIssue({
        code: 'custom',
        path: ['as'],
        message: `${action} is for the ${rolesFor(name).join(' or ')}`,
      });
    const { error } = caseCommandSchemas[name].safeParse(fields ?? {});
    for (const issue of error?.issues ?? []) context.addIssue({ ...issue, path: ['fields', ...issue.path] });
  });
type Question = z.infer<typeof question>;

const answer = z
  .object({
    asOf: timeSchema,
    refused: z
      .object({ code: z.string(), detail: z.string(), field: z.string().optional() })
      .optional()
      .meta({ description: 'why the action would be refused; then what follows is what happens without it' }),
    steps: z.array(
      z.object({
        at: timeSchema,
        type: z.string(),
        actor: actorSchema,
        rule: z.string(),
        status: z.enum(caseStatuses).meta({ description: 'where the case would stand after it' }),
        deadline: deadlineSchema.optional().meta({ description: 'what would begin to run' }),
      }),
    ),
    money: z.array(
      z.object({
        at: timeSchema,
        kind: z.enum(['refund', 'compensation', 'penalty', 'payout']),
        from: z.enum(['platform', 'merchant']),
        to: z.enum(['consumer', 'merchant', 'platform']),
        ...moneySchema.shape,
      }),
    ),
    ending: z
      .object({
        status: z.enum(caseStatuses),
        closeReason: z.string().optional(),
        at: timeSchema.optional().meta({ description: 'absent where the case has ended already' }),
      })
      .nullable()
      .meta({ description: 'null where the case does not end by itself' }),
    waitsFor: z
      .enum(['agent'])
      .nullable()
      .meta({ description: 'for whom it would then wait, without a deadline that ends it' }),
  })
  .meta({ id: 'Foresight' });
export type ForesightAnswer = z.infer<typeof answer>;

/** Whose action it would be: as asked, else the caller's own where it may be, else that of whoever may take it. */
function imagined({ action, fields, as }: Question, caller: Caller): Imagined | undefined {
  const name = action === undefined ? undefined : nameOf.get(action);
  if (!name) return undefined;
  const roles = rolesFor(name);
  const role: Role = as ?? (roles.includes(caller.role) ? caller.role : (roles[0] as Role));
  const actor = { role, id: role === caller.role ? caller.id : '*' };
  return { name, fields: caseCommandSchemas[name].parse(fields ?? {}), actor } as Imagined;
}

function present({ steps, money, ending, waitsFor }: Foresight, currency: string) {
  return {
    steps: steps.map(({ at, deadline, ...step }) => {
      const begun = shownDeadline(deadline);
      return { at: isoTime(at), ...step, ...(begun ? { deadline: begun } : {}) };
    }),
    money: money.map(({ at, ...moved }) => ({ at: isoTime(at), ...moved, currency })),
    ending: ending ? { ...ending, at: ending.at === undefined ? undefined : isoTime(ending.at) } : null,
    waitsFor: waitsFor ?? null,
  };
}

/** What would become of a case: asked by whoever may see it, it changes nothing. SEE-1 */
export const whatIf: Route = route<undefined, Question>({
  method: 'post',
  path: '/v1/cases/:id/what-if',
  summary: 'What happens if nobody acts, or if an action came now; nothing is changed',
  tag: 'Cases',
  roles: ['consumer', 'merchant', 'agent', 'admin'],
  body: question,
  answer,
  refuses: ['case_not_found'],
  async answers(service, { caller, params, body, receivedAt }) {
    const { state } = ownCase(caller, await service.store.queries.read('case', params['id'] ?? ''));
    const action = imagined(body, caller);
    const outcome = action ? foreseeAction(state, action, receivedAt) : foresee(state, receivedAt);
    const refused = 'refusal' in outcome ? { refused: outcome.refusal } : {};
    const future = 'refusal' in outcome ? foresee(state, receivedAt) : outcome;
    return { body: { asOf: isoTime(receivedAt), ...refused, ...present(future, state.facts.currency) } };
  },
});
