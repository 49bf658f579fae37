import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { deploymentStatus } from "../../shared/rollout/deployment-status.ts";
import { imageOf, observeDeployment, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { siteCollection, siteSelection } from "./list-sites.ts";
import { createRolloutStore } from "./rollout-store.ts";
import { recordNamespaceOf } from "./record-scope.ts";
import type { StatusFlags } from "./status.ts";

interface VersionCounts {
  readonly version: string;
  sites: number;
  healthy: number;
  progressing: number;
  failed: number;
}

/** How many sites run which version, in which health, and the unfinished rollout if there is one. */
export async function showFleet(client: ApiClient, flags: StatusFlags, io: Io): Promise<number> {
  const selection = siteSelection(flags, client, []);
  const collection = siteCollection(selection);
  const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
  const [{ items }, stored] = await Promise.all([
    listAll(client, collection.path, (raw) => observeDeployment(raw), { ...collection, signal: io.signal }),
    store.list((problem) => io.stderr.write(`warning: ${problem}\n`)),
  ]);
  const versions = countVersions(items, flags.container);
  const unfinished = stored.find(
    ({ record }) => record.phase === "Progressing" || record.phase === "Paused",
  )?.record;
  if (flags.output === "json" || flags.output === "yaml") {
    writeDocument(io.stdout, flags.output, {
      sites: items.length,
      held: items.filter((site) => site.held).length,
      versions,
      rollout: unfinished ?? null,
    });
    return exitCodes.done;
  }
  if (items.length === 0) {
    io.stderr.write(
      selection.namespace === undefined
        ? "No sites found\n"
        : `No sites found in ${selection.namespace} namespace.\n`,
    );
    return exitCodes.done;
  }
  io.stdout.write(
    renderTable(
      ["VERSION", "SITES", "HEALTHY", "PROGRESSING", "FAILED"],
      versions.map((row) => [row.version, row.sites, row.healthy, row.progressing, row.failed].map(String)),
    ),
  );
  const held = items.filter((site) => site.held).length;
  if (held > 0) io.stdout.write(`${held} held\n`);
  if (unfinished !== undefined) {
    const { counts } = unfinished;
    io.stdout.write(
      `Rollout ${unfinished.id} (${unfinished.kind} ${unfinished.target}) is ${unfinished.phase}: ${counts.updated} updated, ${counts.failed} failed, ${counts.pending} pending\n`,
    );
  }
  return exitCodes.done;
}

/** Commonest version first. */
function countVersions(sites: readonly ObservedSite[], container: string): VersionCounts[] {
  const counts = new Map<string, VersionCounts>();
  for (const site of sites) {
    const image = imageOf(site, container);
    const version = image === undefined ? "<none>" : versionOf(image);
    const row = counts.get(version) ?? { version, sites: 0, healthy: 0, progressing: 0, failed: 0 };
    counts.set(version, row);
    row.sites += 1;
    const { kind } = deploymentStatus(site);
    if (kind === "done") row.healthy += 1;
    else if (kind === "failed") row.failed += 1;
    else row.progressing += 1;
  }
  return [...counts.values()].toSorted((a, b) => b.sites - a.sites || (a.version < b.version ? -1 : 1));
}
