/** Whether a text is one of the names, or begins with one that ends in `*`. */
export function matchesName(text: string, patterns: readonly string[]): boolean {
  const { names, beginnings } = matcherOf(patterns);
  return names.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
}

interface Matcher {
  readonly names: ReadonlySet<string>;
  readonly beginnings: readonly string[];
}

/** By the list itself: the limits' lists are asked for every name of every review, and never change. */
const matchers = new WeakMap<readonly string[], Matcher>();

function matcherOf(patterns: readonly string[]): Matcher {
  const known = matchers.get(patterns);
  if (known !== undefined) return known;
  const matcher = {
    names: new Set(patterns.filter((pattern) => !pattern.endsWith("*"))),
    beginnings: patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1)),
  };
  matchers.set(patterns, matcher);
  return matcher;
}
