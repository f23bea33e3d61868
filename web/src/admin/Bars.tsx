import { useAdminWords } from './words.ts';

export type Series = { name: string; values: (number | null)[] };

const [width, height, foot, top] = [1060, 250, 28, 22];

/** Stacked bars over time, and the same as a table for whoever reads it so. */
export function Bars({
  title,
  labels,
  series,
  format = String,
  stacked = true,
}: {
  title: string;
  /** What is written under each group of bars. */
  labels: string[];
  series: Series[];
  format?: (value: number) => string;
  /** On top of each other, where they add up; else next to each other. */
  stacked?: boolean;
}) {
  const t = useAdminWords();
  const valueOf = (values: Series['values'], index: number) => values[index] ?? 0;
  const sumAt = (index: number) => series.reduce((sum, { values }) => sum + valueOf(values, index), 0);
  const most = Math.max(
    0,
    ...labels.map((_, index) =>
      stacked ? sumAt(index) : Math.max(...series.map(({ values }) => valueOf(values, index))),
    ),
  );
  if (most === 0)
    return (
      <figure className="stack">
        <figcaption className="strong">{title}</figcaption>
        <p className="soft small">{t('noFigures')}</p>
      </figure>
    );
  const room = height - foot - top;
  const step = width / labels.length;
  const bar = Math.min(step * 0.62, 96);
  const high = (value: number) => (value / most) * room;
  return (
    <figure className="stack">
      <figcaption className="row apart">
        <span className="strong">{title}</span>
        <span className="row small">
          {series.map(({ name }, index) => (
            <span key={name} className="row legend">
              <svg width={12} height={12} aria-hidden="true">
                <rect width={12} height={12} rx={3} className={`fill-${index}`} />
              </svg>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <svg className="bars" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        <line x1={0} x2={width} y1={height - foot} y2={height - foot} className="axis" />
        {labels.map((label, index) => {
          const middle = step * (index + 0.5);
          let below = 0;
          const part = stacked ? bar : bar / series.length;
          return (
            <g key={label}>
              {series.map(({ name, values }, which) => {
                const value = valueOf(values, index);
                const tall = high(value);
                const y = height - foot - (stacked ? below : 0) - tall;
                below += tall;
                const x = middle - bar / 2 + (stacked ? 0 : which * part);
                return (
                  value > 0 && (
                    <g key={name}>
                      <rect
                        x={x}
                        y={y}
                        width={Math.max(part - (stacked ? 0 : 3), 2)}
                        height={tall}
                        rx={3}
                        className={`fill-${which}`}
                      >
                        <title>{`${label} · ${name}: ${format(value)}`}</title>
                      </rect>
                      {!stacked && (
                        <text x={x + part / 2} y={y - 6} className="value">
                          {format(value)}
                        </text>
                      )}
                    </g>
                  )
                );
              })}
              {stacked && sumAt(index) > 0 && (
                <text x={middle} y={height - foot - high(sumAt(index)) - 6} className="value">
                  {format(sumAt(index))}
                </text>
              )}
              <text x={middle} y={height - 7} className="label">
                {label}
              </text>
            </g>
          );
        })}
      </svg>
      <details>
        <summary className="small soft">{t('asTable')}</summary>
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th>{t('period')}</th>
                {series.map(({ name }) => (
                  <th key={name} className="end">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {labels.map((label, index) => (
                <tr key={label}>
                  <td>{label}</td>
                  {series.map(({ name, values }) => {
                    const value = values[index];
                    return (
                      <td key={name} className="end number">
                        {value === null || value === undefined ? '—' : format(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** Counts by what they are of, the most first: each line says its number, the bar only shows it. */
export function Lines({ counts }: { counts: { name: string; count: number }[] }) {
  const most = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <ul className="stack tight">
      {counts
        .toSorted((one, other) => other.count - one.count)
        .map(({ name, count }) => (
          <li key={name}>
            <div className="row apart small steady">
              <span>{name}</span>
              <span className="number strong">{count}</span>
            </div>
            <svg className="line-bar" width="100%" height={8} aria-hidden="true">
              <rect width="100%" height={8} rx={4} className="empty-bar" />
              <rect width={`${(count / most) * 100}%`} height={8} rx={4} className="fill-0" />
            </svg>
          </li>
        ))}
    </ul>
  );
}
