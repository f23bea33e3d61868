import * as fc from 'fast-check';
import { walkCase } from './caseWalker.ts';
import { type Coverage, note } from './coverage.ts';
import { FickleProvider } from './fickleProvider.ts';
import { BrokenInvariant } from './invariants.ts';
import { marketSteps } from './marketplaceSteps.ts';
import { MarketplaceWalker } from './marketplaceWalker.ts';
import { walkOrder } from './orderWalker.ts';
import { casePlaces, marketplacePlaces, orderPlaces, ticketPlaces } from './places.ts';
import { play, preludeNames } from './preludes.ts';
import { deliveredOrders, openings, orders, tickets } from './sequences.ts';
import { type Step, walks } from './steps.ts';
import { Story } from './story.ts';
import { walkTicket } from './ticketWalker.ts';

/** A walk of one kind, whatever happens in it: a property that notes in `coverage` where it has been. */
type Walk = (coverage: Coverage) => fc.IRawProperty<unknown, false>;

/** Takes the steps; of those after the end a few, for what comes too late. */
function walkOn(walker: { step: (step: Step) => void; isOver: () => boolean }, steps: Step[]): void {
  let afterEnd = 0;
  for (const step of steps) {
    if (walker.isOver()) afterEnd += 1;
    if (afterEnd > 5) return;
    walker.step(step);
  }
}

const caseWalks: Walk = (coverage) =>
  fc.property(openings, fc.constantFrom(...preludeNames), walks(45), (opened, prelude, steps) => {
    const story = new Story(opened.at);
    const walker = walkCase(opened, opened.at, { provider: new FickleProvider(), story, coverage });
    play(prelude, walker);
    walkOn(walker, steps);
    const ended = walker.leaveAlone();
    const { stage } = walker.state;
    note(coverage, `ended ${stage.status}${stage.status === 'closed' ? `, ${stage.reason}` : ''}`);
    if (!ended) throw new BrokenInvariant('SEE-1', `left alone, a case ends: this one is ${stage.status}`, story);
    if (!walker.isReplayable()) throw new BrokenInvariant('REF-5', 'events alone give the state', story);
    coverage.sequences += 1;
  });

const orderWalks: Walk = (coverage) =>
  fc.property(orders, walks(40), (facts, steps) => {
    const story = new Story(facts.placedAt);
    const walker = walkOrder(facts, { provider: new FickleProvider(), story, coverage });
    walkOn(walker, steps);
    walker.leaveAlone();
    if (walker.isOver()) note(coverage, `ended ${walker.state.stage.status}`);
    const open = walker.state.refunds.filter(({ state }) => state !== 'settled');
    if (open.length > 0) throw new BrokenInvariant('ORD-11', 'left alone, all that must go back has gone back', story);
    if (!walker.isReplayable()) throw new BrokenInvariant('REF-5', 'events alone give the state', story);
    coverage.sequences += 1;
  });

const ticketWalks: Walk = (coverage) =>
  fc.property(tickets, walks(30), (facts, steps) => {
    const story = new Story(facts.openedAt);
    const walker = walkTicket(facts, { provider: new FickleProvider(), story, coverage });
    walkOn(walker, steps);
    const ended = walker.leaveAlone();
    const { stage } = walker.state;
    if (!ended || stage.status !== 'resolved')
      throw new BrokenInvariant('INT-8', `left alone, a ticket ends: this one is ${stage.status}`, story);
    note(coverage, `ended ${stage.resolution.outcome}`);
    if (!walker.isReplayable()) throw new BrokenInvariant('REF-5', 'events alone give the state', story);
    coverage.sequences += 1;
  });

const marketplaceWalks: Walk = (coverage) =>
  fc.property(deliveredOrders, marketSteps, (order, steps) => {
    const walker = new MarketplaceWalker(order, coverage);
    for (const step of steps) walker.step(step);
    if (!walker.leaveAlone())
      throw new BrokenInvariant('ORD-1', 'left alone, all cases end and their order completes', walker.story);
    coverage.sequences += 1;
  });

/** What is proved, each with its share of all sequences and the places that its walks must come to. */
export const properties = {
  cases: { share: 0.5, walk: caseWalks, places: casePlaces },
  orders: { share: 0.2, walk: orderWalks, places: orderPlaces },
  tickets: { share: 0.1, walk: ticketWalks, places: ticketPlaces },
  marketplaces: { share: 0.2, walk: marketplaceWalks, places: marketplacePlaces },
};
