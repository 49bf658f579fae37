import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";
import { suggestion } from "../parse-arguments.ts";
import { valuesAt } from "../terminal/json-path.ts";
import { siteColumns } from "./site-columns.ts";
import type { SiteSummary } from "./site-summary.ts";

/** Numbers in text by their value, so that v0.9 comes before v0.10. */
const collator = new Intl.Collator("en", { numeric: true });

/**
 * Sorts sites by a column's name, in any case, or by a field as `-o json` has it (`.createdAt`, `{.version}`); by
 * namespace and name where those are equal, and where nothing is asked for.
 */
export function sortSites(sites: readonly SiteSummary[], by: string | undefined): readonly SiteSummary[] {
  const key = by === undefined ? () => "" : sortKey(by);
  return sites
    .map((site) => ({ site, key: key(site) }))
    .toSorted(
      (a, b) =>
        compare(a.key, b.key) ||
        compare(a.site.namespace, b.site.namespace) ||
        compare(a.site.name, b.site.name),
    )
    .map(({ site }) => site);
}

function sortKey(by: string): (site: SiteSummary) => unknown {
  const heading = by.toUpperCase();
  const column = siteColumns.find((candidate) => candidate.heading === heading);
  if (column !== undefined) {
    const { field } = column;
    return field === undefined ? (site) => column.cell(site, 0) : (site) => site[field];
  }
  if (/^[.{]/.test(by)) return (site) => valuesAt(by, site)[0] ?? "";
  const headings = siteColumns.map((candidate) => candidate.heading);
  const meant = suggestion(heading, headings);
  throw new UsageError(
    `--sort-by is a column or a field such as .createdAt, not '${printable(by, 60)}'; ` +
      (meant === undefined ? `the columns are ${headings.join(", ")}` : `did you mean ${meant}?`),
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}
