/** So many sites, or that part of the sites that a rollout changes. */
export type Quantity = { readonly count: number } | { readonly percent: number };

export type ParsedQuantity = { readonly quantity: Quantity } | { readonly problem: string };

const countForm = /^\d{1,6}$/;
const percentForm = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

/** Parses `20` or `5%` (at most 100%; fractions such as `0.5%` are fine). What is wrong with other text is said whole. */
export function parseQuantity(text: string): ParsedQuantity {
  if (countForm.test(text)) return { quantity: { count: Number(text) } };
  const percent = Number(percentForm.exec(text)?.[1] ?? Number.NaN);
  if (percent <= 100) return { quantity: { percent } };
  return {
    problem: `found ${JSON.stringify(text.slice(0, 40))}; allowed are a number of sites such as 20, or a percentage up to 100%`,
  };
}

/** A quantity of `total` sites, percentages rounded up, at least 1: for what should never be nothing. */
export function resolveAtLeastOne(quantity: Quantity, total: number): number {
  return Math.max(1, "count" in quantity ? quantity.count : Math.ceil(partOf(total, quantity.percent)));
}

/** A quantity of `total` sites, percentages rounded down: for what is tolerated, which is never more than was said. */
export function resolveRoundedDown(quantity: Quantity, total: number): number {
  return "count" in quantity ? quantity.count : Math.floor(partOf(total, quantity.percent));
}

export function formatQuantity(quantity: Quantity): string {
  return "count" in quantity ? String(quantity.count) : `${quantity.percent}%`;
}

/** Rounded at a billionth, so that 7% of 100 is 7 and not 7.000000000000001. */
function partOf(total: number, percent: number): number {
  return Math.round(((total * percent) / 100) * 1e9) / 1e9;
}
