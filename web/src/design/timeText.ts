/** A moment as the language writes it, in the reader's own time zone; without the year where it is the one of `now`. */
export function timeText(iso: string, language: string, style: 'short' | 'long', now = new Date()): string {
  const at = new Date(iso);
  const thisYear = at.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(language, {
    ...(thisYear && style === 'short' ? {} : { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(style === 'long' ? { second: '2-digit' } : {}),
    // `hour12: false` has some browsers say 24:30 for half past midnight.
    hourCycle: 'h23',
  }).format(at);
}
