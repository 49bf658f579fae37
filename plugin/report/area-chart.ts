import { html, Html } from "./html.ts";
import { scrolling } from "./page.ts";

/** One band of a stacked chart. */
export interface Band {
  readonly name: string;
  /** The class that colours it: `band-0` to `band-7`, or an outcome's. */
  readonly colour: string;
  /** At each time of the chart. */
  readonly values: readonly number[];
}

export interface AreaChart {
  /** What the chart shows, in a sentence, for who cannot see it. */
  readonly label: string;
  readonly times: readonly number[];
  readonly ticks: readonly { readonly time: number; readonly label: string }[];
  /** From the bottom up. */
  readonly bands: readonly Band[];
}

const width = 1_000;
const height = 220;
const left = 52;
const bottom = 26;
const top = 8;

/** Bands stacked over time, each value held until the next: an SVG without any style or script of its own. */
export function areaChart({ label, times, ticks, bands }: AreaChart): Html {
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const totals = times.map((_, index) => bands.reduce((sum, band) => sum + (band.values[index] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const x = (time: number) => round(left + ((time - first) / Math.max(1, last - first)) * (width - left - 8));
  const y = (value: number) => round(height - bottom - (value / most) * (height - bottom - top));
  const floors = times.map(() => 0);
  const shapes = bands.map((band) => {
    const upper = times.map((time, index) => {
      const floor = floors[index] ?? 0;
      floors[index] = floor + (band.values[index] ?? 0);
      return { x: x(time), floor: y(floor), top: y(floors[index] ?? 0) };
    });
    const [start, ...others] = upper;
    if (start === undefined) return new Html("");
    const there = others.map((point) => `H${point.x}V${point.top}`).join("");
    // Between two times a band stands on what was below it at the earlier one.
    const back = upper
      .slice(0, -1)
      .toReversed()
      .map((point) => `V${point.floor}H${point.x}`)
      .join("");
    const end = `V${upper.at(-1)?.floor ?? start.floor}`;
    // Numbers of our own only, and more of them than a stranger's text may have characters.
    return new Html(
      `<path class="${band.colour}" d="M${start.x},${start.top}${there}${end}${back}Z"></path>`,
    );
  });
  const grid = [0, 0.5, 1].map((share) => {
    const value = Math.round(most * share);
    return html`<line class="grid" x1="${left}" x2="${width}" y1="${y(value)}" y2="${y(value)}"></line
      ><text class="tick end" x="${left - 8}" y="${y(value) + 4}">${value}</text>`;
  });
  const axis = ticks.map(
    (tick) => html`<text class="tick" x="${x(tick.time)}" y="${height - 6}">${tick.label}</text>`,
  );
  const chart = html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${grid}${shapes}${axis}
  </svg>`;
  return html`${scrolling("Chart", chart)}
    <ul class="legend">
      ${bands.map(
        (band) =>
          html`<li>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect class="${band.colour}" width="10" height="10"></rect></svg
            >${band.name}
          </li>`,
      )}
    </ul>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
