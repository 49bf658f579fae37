/**
 * Whether a site may use an object of its namespace: its own (named as the site, or beginning with the site's name
 * and a dot, which no other site's name can), or one that the limits share by name. Without a proven site name
 * (`undefined`) only what is shared.
 */
export function ownsReference(
  siteName: string | undefined,
  name: unknown,
  shared: readonly string[],
): boolean {
  if (typeof name !== "string") return false;
  if (shared.includes(name)) return true;
  return siteName !== undefined && siteName !== "" && (name === siteName || name.startsWith(`${siteName}.`));
}

/** What a reference may name, in words. */
export function describeOwned(siteName: string | undefined, shared: readonly string[]): string {
  const own = siteName === undefined ? [] : [siteName, `${siteName}.…`];
  const names = [...own, ...shared];
  return names.length === 0 ? "none" : names.join(", ");
}
