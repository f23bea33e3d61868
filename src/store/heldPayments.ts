const held = { $exists: true };

/** Where a subject's document says that its money is held back and since when (UTC ms), by what the money is for. */
export const heldPayments = [
  {
    purpose: 'refund',
    subject: 'case',
    match: { status: 'refunding', 'state.stage.held': held },
    since: '$state.stage.held.since',
  },
  {
    purpose: 'compensation',
    subject: 'case',
    match: { status: 'advance_compensating', 'state.stage.held': held },
    since: '$state.stage.held.since',
  },
  {
    purpose: 'payout',
    subject: 'case',
    match: { 'state.merchantAppeal.payout.outcome': 'requested', 'state.merchantAppeal.payout.held': held },
    since: '$state.merchantAppeal.payout.held.since',
  },
  {
    purpose: 'order_refund',
    subject: 'order',
    match: { 'state.refunds.state': 'requested', 'state.refunds.held': held },
    since: { $min: '$state.refunds.held.since' },
  },
] as const;

/** What each subject matches whose money is held back. */
export const isHeld = { $or: heldPayments.map(({ match }) => match) };
