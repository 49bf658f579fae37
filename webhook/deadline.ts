const duration = /^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|s|m|h))+$/;
const parts = /(\d+(?:\.\d+)?)(ms|us|µs|ns|s|m|h)/g;

const milliseconds: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/**
 * How long the API server waits for an answer, as it says in `?timeout=10s` (a Go duration), in milliseconds.
 * Undefined for what is no duration.
 */
export function parseTimeout(text: string): number | undefined {
  if (text.length > 32 || !duration.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of text.matchAll(parts))
    sum += Number(amount) * (milliseconds.get(unit) ?? 0);
  return sum;
}
