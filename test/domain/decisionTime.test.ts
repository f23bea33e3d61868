import { describe, expect, it } from 'vitest';
import { type CaseEvent, caseRulesVersion, evolveAll, openedCase } from '../../src/domain/case/case.ts';
import { decisionTime } from '../../src/domain/case/decisionTime.ts';
import { hours } from '../builders.ts';
import * as stories from './caseStories.ts';
import { senior } from './caseStories.ts';

/** What is measured of a story's events, each looked at with the state after all of them, as a late batch would. */
function measured(events: CaseEvent[]) {
  const [first, ...rest] = events as [Extract<CaseEvent, { type: 'caseOpened' }>, ...CaseEvent[]];
  const state = evolveAll(openedCase(first, caseRulesVersion), rest);
  return events.flatMap((event) => {
    const taken = decisionTime(state, {
      type: event.type,
      at: event.at,
      automatic: 'automatic' in event && event.automatic,
    });
    return taken ? [[taken.decision, taken.automatic, taken.ms]] : [];
  });
}

const since = (events: CaseEvent[], type: CaseEvent['type']) =>
  events.at(-1)!.at - events.find((event) => event.type === type)!.at;

describe('how long a decision took', () => {
  it('CASE-2, CASE-4: the merchant’s, from the application', () => {
    expect(measured(stories.approved())).toEqual([['merchant', false, hours(1)]]);
    expect(measured(stories.refusedByMerchant())).toEqual([['merchant', false, hours(1)]]);
  });

  it('INT-5: the ruling, from asking the platform in', () => {
    const events = stories.lost();
    expect(measured(events)).toContainEqual(['ruling', false, since(events, 'interventionRequested')]);
  });

  it('INT-9: on an appeal, from the appeal, the consumer’s or the merchant’s', () => {
    const lodged = stories.appealed();
    const at = lodged.at(-1)!.at + hours(5);
    const ruling = { favour: 'merchant', liability: 'consumer', reasons: '维持', agent: senior, at } as const;
    const ruled: CaseEvent = { type: 'appealRuled', at, actor: senior, rule: 'INT-9', ruling };
    expect(measured([...lodged, ruled])).toContainEqual(['appeal_ruling', false, hours(5)]);
    const events = stories.merchantAppealWon(stories.wonAndRefunded());
    expect(measured(events)).toContainEqual(['appeal_ruling', false, since(events, 'merchantAppealed')]);
  });

  it('nothing else is a decision', () => {
    expect(measured(stories.opened())).toEqual([]);
    expect(measured(stories.withdrawn())).toEqual([]);
  });
});
