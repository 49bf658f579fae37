/** What was measured, and the bar that it is held against. */
export type Figure = {
  readonly name: string;
  readonly measured: number;
  /** Written right behind the numbers: `x` for a ratio, ` MB`; counts have none. */
  readonly unit: string;
} & ({ readonly atMost: number } | { readonly atLeast: number });

const missed: string[] = [];

/** Prints figures as a table: `name  measured  bar  met|missed`. */
export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => {
    const met = isMet(figure);
    if (!met) missed.push(figure.name);
    return [figure.name, quantity(figure.measured, figure.unit), bar(figure), met ? "met" : "missed"];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [name = "", measured = "", limit = "", verdict = ""] of rows) {
    const [nameWidth = 0, measuredWidth = 0, limitWidth = 0] = widths;
    console.log(
      `${name.padEnd(nameWidth)}  ${measured.padStart(measuredWidth)}  ${limit.padEnd(limitWidth)}  ${verdict}`,
    );
  }
}

/** The names of all figures printed so far that did not meet their bars. */
export function missedFigures(): readonly string[] {
  return missed;
}

function isMet(figure: Figure): boolean {
  // NaN, of a measurement that went wrong, meets nothing.
  return "atMost" in figure ? figure.measured <= figure.atMost : figure.measured >= figure.atLeast;
}

function bar(figure: Figure): string {
  const [sign, limit] = "atMost" in figure ? ["<=", figure.atMost] : [">=", figure.atLeast];
  return `${sign} ${quantity(limit, figure.unit)}`;
}

function quantity(value: number, unit: string): string {
  return `${unit === "x" ? value.toFixed(2) : String(Math.round(value))}${unit}`;
}
