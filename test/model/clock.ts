/** How long after a deadline it fires: longer than a command may be on its way. POL-4 */
const graceMs = 5_000;

/** When a deadline fires, UTC ms; one born past fires from its birth. POL-4 */
export const dueOf = ({ at, from }: { at: number; from: number }): number => Math.max(at, from) + graceMs;

/** What tells one deadline from another. */
export const deadlineKey = ({ kind, from, at }: { kind: string; from: number; at: number }) => `${kind}/${from}/${at}`;

/** What tells one reminder from another: what it is of, by when that is due, and its own moment. TELL-1 */
export const reminderKey = ({ kind, at }: { kind: string; at: number }, moment: number) => `${kind}/${at}/${moment}`;

/** What stays of a deadline wherever it is moved to. */
export const beginningOf = ({ kind, from }: { kind: string; from: number }) => `${kind}/${from}`;
