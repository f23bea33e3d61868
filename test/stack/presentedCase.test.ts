import { expect, it } from 'vitest';
import { presentCase } from '../../src/api/cases/present.ts';
import { caseAnswer } from '../../src/api/cases/schema.ts';
import type { CaseEvent } from '../../src/domain/case/case.ts';
import { decideCase } from '../../src/domain/case/decide.ts';
import type { CaseRead } from '../../src/store/queries.ts';
import { hours } from '../builders.ts';
import * as story from '../domain/caseStories.ts';
import { consumer, givenCase, merchant } from '../domain/specification.ts';

it('INT-9, SEE-1: an appeal that turned a ruling is still shown once the platform was asked in again', () => {
  const events: CaseEvent[] = story.appealed();
  let { state } = givenCase(...events);
  const then = (name: Parameters<typeof decideCase>[1], fields: object, actor: typeof consumer) => {
    const at = state.updatedAt + hours(1);
    const decision = decideCase(state, name, fields as never, { commandId: `${name}-${at}`, actor, at });
    expect(decision.answer, name).toEqual({ kind: 'accepted' });
    events.push(...decision.events);
    ({ state } = givenCase(...events));
  };
  const turned = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '改判' };
  then('appealRuling', turned, story.senior);
  then('trackingNumber', { carrier: 'SF', trackingNumber: 'SF2' }, consumer);
  then(
    'receiptConfirmation',
    { outcome: 'refused', refusalCode: 'empty_parcel', evidenceIds: [story.evidenceId] },
    merchant,
  );
  then('interventionRequest', { reason: 'other', statement: '包裹不是空的', evidenceIds: [] }, consumer);
  const found = { _id: story.caseId, version: state.version, state } as unknown as CaseRead;
  const shown = presentCase(found, { role: 'consumer', id: 'c-1' });
  expect(caseAnswer.parse(shown).earlierInterventions).toMatchObject([
    { ruling: { favour: 'merchant' }, appeal: { by: 'consumer', deadline: null, ruling: { favour: 'consumer' } } },
  ]);
});
