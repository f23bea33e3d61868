/** What happened in a walk, line by line; put into words only where somebody asks, since most walks keep every promise. */
export class Story {
  private readonly start: number;
  private readonly lines: { at: number; tell: () => string }[] = [];

  /** `start` (UTC ms) is when the story's clock begins. */
  constructor(start: number) {
    this.start = start;
  }

  add(at: number, tell: () => string): void {
    this.lines.push({ at, tell });
  }

  toString(): string {
    return this.lines.map(({ at, tell }) => `  ${this.when(at).padEnd(20)} ${tell()}`).join('\n');
  }

  /** `day 2 00:00:00.001`, counted from the story's start. */
  when(at: number): string {
    const passed = Math.max(0, at - this.start);
    const day = 24 * 3600 * 1000;
    return `day ${Math.floor(passed / day)} ${new Date(passed % day).toISOString().slice(11, 23)}`;
  }
}

type Told = {
  type: string;
  rule: string;
  payment?: { key: string; amount: number };
  refund?: { key: string; amount: number };
  deadline?: { kind: string; at: number };
  reason?: string;
};

/** Events as a story tells them: what, under which rule, how much money under which key, and what is due by when. */
export function eventsInWords(events: readonly Told[], when: (at: number) => string): string {
  const words = events.map(({ type, rule, payment, refund, deadline, reason }) => {
    const money = payment ?? refund;
    const more = [
      ...(money ? [`${money.amount} as ${money.key}`] : []),
      ...(deadline ? [`${deadline.kind} by ${when(deadline.at)}`] : []),
      ...(reason ? [reason] : []),
    ];
    return `${type} (${[rule, ...more].join(', ')})`;
  });
  return words.length > 0 ? words.join(', ') : 'nothing';
}
