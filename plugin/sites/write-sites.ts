import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { showValue, valuesAt } from "../terminal/json-path.ts";
import { fillTemplate } from "../terminal/json-path-template.ts";
import { columnWidths, renderTable } from "../terminal/table.ts";
import { noSitesFound } from "./no-sites.ts";
import { siteColumns } from "./site-columns.ts";
import type { SitesOutput } from "./sites-output.ts";
import type { SiteSummary } from "./site-summary.ts";

export interface SitesWriter {
  /** All sites, at once. */
  readonly writeAll: (sites: readonly SiteSummary[]) => Promise<void> | void;
  /** One site that has changed, below what was written before. */
  readonly writeChange: (site: SiteSummary) => Promise<void> | void;
}

/** Writes sites to stdout as `-o` asks. @param namespace undefined for all of them */
export function createSitesWriter(
  output: SitesOutput,
  options: { readonly namespace: string | undefined; readonly noHeaders: boolean; readonly io: Io },
): SitesWriter {
  const { io } = options;
  const { kind } = output;
  switch (kind) {
    case "json":
    case "yaml":
      return {
        writeAll: (sites) => writeDocument(io.stdout, kind, { sites }),
        writeChange: (site) => writeDocument(io.stdout, kind, site),
      };
    case "name":
      return oneByOne((site) => `deployment.apps/${site.name}\n`, io);
    case "jsonpath":
      return {
        writeAll: (sites) => void io.stdout.write(fillTemplate(output.template, { sites })),
        writeChange: (site) => void io.stdout.write(fillTemplate(output.template, { sites: [site] })),
      };
    case "custom-columns":
      return tableWriter(
        output.columns.map(({ heading }) => heading),
        (site) => output.columns.map(({ path }) => valuesAt(path, site).map(showValue).join(",") || "<none>"),
        options,
      );
    case "table": {
      const everywhere = options.namespace === undefined;
      const columns = siteColumns.filter(
        ({ shown }) =>
          shown === "always" || (shown === "wide" && output.wide) || (shown === "everywhere" && everywhere),
      );
      return tableWriter(
        columns.map(({ heading }) => heading),
        (site) => columns.map(({ cell }) => cell(site, io.now())),
        options,
      );
    }
  }
}

function oneByOne(line: (site: SiteSummary) => string, io: Io): SitesWriter {
  return {
    writeAll: (sites) => void io.stdout.write(sites.map(line).join("")),
    writeChange: (site) => void io.stdout.write(line(site)),
  };
}

function tableWriter(
  headings: readonly string[],
  rowOf: (site: SiteSummary) => readonly string[],
  options: { readonly namespace: string | undefined; readonly noHeaders: boolean; readonly io: Io },
): SitesWriter {
  const { io } = options;
  const shownHeadings = options.noHeaders ? undefined : headings;
  let widths: readonly number[] = [];
  return {
    async writeAll(sites) {
      if (sites.length === 0) return void io.stderr.write(noSitesFound(options.namespace));
      const rows = sites.map(rowOf);
      widths = await columnWidths(shownHeadings, rows);
      io.stdout.write(await renderTable(shownHeadings, rows));
    },
    async writeChange(site) {
      io.stdout.write(await renderTable(undefined, [rowOf(site)], widths));
    },
  };
}
