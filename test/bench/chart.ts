/** A line of a chart: its name, and its points in order. */
export type Line = { name: string; points: [x: number, y: number][] };

const width = 640;
const height = 320;
const margin = { left: 64, right: 170, top: 40, bottom: 48 };
const colours = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b', '#17becf', '#7f7f7f'];

/** A chart of lines as SVG, from zero up; what is drawn is a dozen points, so no library is asked. */
export function lineChart(title: string, xName: string, yName: string, lines: Line[]): string {
  const all = lines.flatMap(({ points }) => points);
  const most = { x: roundUp(Math.max(...all.map(([x]) => x))), y: roundUp(Math.max(...all.map(([, y]) => y))) };
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const at = {
    x: (x: number) => margin.left + (x / most.x) * (right - margin.left),
    y: (y: number) => bottom - (y / most.y) * (bottom - margin.top),
  };
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const grid = steps.flatMap((part) => [
    `<line x1="${margin.left}" x2="${right}" y1="${at.y(part * most.y)}" y2="${at.y(part * most.y)}" stroke="#ddd"/>`,
    text(margin.left - 8, at.y(part * most.y) + 4, shown(part * most.y), 'end'),
    text(at.x(part * most.x), bottom + 18, shown(part * most.x), 'middle'),
  ]);
  const drawn = lines.flatMap(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const path = points.map(([x, y]) => `${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}`);
    const dots = points.length > 20 ? [] : path.map((point) => dot(point, colour));
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${path.join(' ')}"/>`,
      ...dots,
      `<rect x="${right + 14}" y="${margin.top + index * 20}" width="12" height="12" fill="${colour}"/>`,
      text(right + 32, margin.top + index * 20 + 10, name, 'start'),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="22" font-size="14">${escaped(title)}</text>`,
    ...grid,
    text((margin.left + right) / 2, height - 10, xName, 'middle'),
    `<text transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yName)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const dot = (point: string, colour = '') => {
  const [x, y] = point.split(',');
  return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
};

const text = (x: number, y: number, words: string, anchor: string) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;

const escaped = (words: string) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const shown = (value: number) => (value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2));

/** The next of 1, 2, 4, 5 or 8 of a power of ten. */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}
