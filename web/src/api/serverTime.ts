/** How far the server's clock is ahead of this machine's, ms; a second or two is what its header can't tell. */
let ahead = 0;
const tolerated = 2_000;

/** What a `Date` header says of the server's clock. */
export function heardAt(date: string | null): void {
  const difference = date === null ? Number.NaN : Date.parse(date) - Date.now();
  if (!Number.isNaN(difference)) ahead = Math.abs(difference) > tolerated ? difference : 0;
}

/** UTC ms by the server's clock: a countdown by a machine that is an hour off would lie. */
export const serverNow = (): number => Date.now() + ahead;
