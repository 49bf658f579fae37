import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteSelector } from "../../shared/site/site-labels.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import type { FlagValues } from "../command.ts";
import type { sitesFlags } from "../commands/sites.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { siteCollection, siteSelection } from "../rollout/list-sites.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { observeIngress, summariseSite, type SiteAddress, type SiteSummary } from "./site-summary.ts";

/** Lists the sites, one a line. */
export async function showSites(
  flags: FlagValues<typeof sitesFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const client = connect(flags, io);
  try {
    const selection = siteSelection(flags, client, names);
    const collection = siteCollection(selection);
    const [{ items }, urls] = await Promise.all([
      listAll(client, collection.path, summariseSite, { ...collection, signal: io.signal }),
      readUrls(client, selection.namespace, io.signal),
    ]);
    const sites = items
      .filter((site) => selection.names.length === 0 || selection.names.includes(site.name))
      .map((site) => withUrl(site, urls.get(`${site.namespace}/${site.name}`)))
      .toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
    write(sites, flags, selection.namespace, io);
    return exitCodes.done;
  } finally {
    client.close();
  }
}

/** The addresses of sites, by `namespace/name`. Who may not read Ingresses sees the sites without them. */
async function readUrls(
  client: ApiClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const path = resourcePath({ apiVersion: "networking.k8s.io/v1", resource: "ingresses", namespace });
  try {
    const { items } = await listAll(client, path, observeIngress, { labelSelector: siteSelector, signal });
    return new Map(
      items.flatMap(({ site, url }: SiteAddress) => (url === undefined ? [] : [[site, url] as const])),
    );
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return new Map();
    throw error;
  }
}

function withUrl(site: SiteSummary, url: string | undefined): SiteSummary {
  return url === undefined ? site : { ...site, url };
}

function write(
  sites: readonly SiteSummary[],
  flags: FlagValues<typeof sitesFlags>,
  namespace: string | undefined,
  io: Io,
): void {
  if (flags.output === "json" || flags.output === "yaml")
    return writeDocument(io.stdout, flags.output, { sites });
  if (flags.output === "name") {
    io.stdout.write(sites.map((site) => `deployment.apps/${site.name}\n`).join(""));
    return undefined;
  }
  if (sites.length === 0) {
    io.stderr.write(
      namespace === undefined ? "No sites found\n" : `No sites found in ${namespace} namespace.\n`,
    );
    return undefined;
  }
  const wide = flags.output === "wide";
  const everywhere = namespace === undefined;
  const headings = ["NAME", "VERSION", "READY", "URL", "ROLLOUT", ...(wide ? ["IMAGE"] : []), "AGE"];
  const rows = sites.map((site) => [
    site.name,
    site.version,
    `${site.ready}/${site.replicas}${notes(site)}`,
    site.url ?? "<none>",
    site.rollout ?? "<none>",
    ...(wide ? [site.image] : []),
    age(site.createdAt, io.now()),
  ]);
  const table = everywhere
    ? renderTable(
        ["NAMESPACE", ...headings],
        rows.map((row, index) => [sites[index]?.namespace ?? "", ...row]),
      )
    : renderTable(headings, rows);
  io.stdout.write(flags["no-headers"] ? table.slice(table.indexOf("\n") + 1) : table);
  return undefined;
}

function notes(site: SiteSummary): string {
  return `${site.held ? " held" : ""}${site.paused ? " paused" : ""}`;
}

function age(createdAt: string, now: number): string {
  const created = Date.parse(createdAt);
  return Number.isNaN(created) ? "<unknown>" : formatDuration(now - created);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
