import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { deploymentStatus } from "../../shared/rollout/deployment-status.ts";
import { followedResult } from "../../shared/rollout/followed-rollout.ts";
import {
  imageOf,
  observeDeployment,
  siteKey,
  type ObservedSite,
} from "../../shared/rollout/observed-site.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { printable } from "../../shared/text/printable.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { readQueueDepth } from "../queue/queue-depth.ts";
import { noSitesFound } from "../sites/no-sites.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { warn } from "../terminal/warn.ts";
import { listSelected, siteSelection } from "./list-sites.ts";
import { recordNamespaceOf } from "./record-scope.ts";
import { readResults } from "./recorded-results.ts";
import { createRolloutStore, isUnfinished, type StoredRollout } from "./rollout-store.ts";
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
  const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
  const [{ items }, stored, queue] = await Promise.all([
    listSelected(client, selection, (raw) => observeDeployment(raw), io.signal),
    store.list((problem) => warn(io, problem)),
    readQueueDepth(io),
  ]);
  const versions = countVersions(items, flags.container);
  const unfinished = await unfinishedRollout(stored, items, io);
  if (flags.output === "json" || flags.output === "yaml") {
    writeDocument(io.stdout, flags.output, {
      sites: items.length,
      held: items.filter((site) => site.held).length,
      versions,
      rollout: unfinished ?? null,
      ...(queue === undefined ? {} : { queue }),
    });
    return exitCodes.done;
  }
  if (flags.output === "name") {
    io.stdout.write(items.map(({ name }) => `deployment.apps/${name}\n`).join(""));
    return exitCodes.done;
  }
  if (items.length === 0) {
    io.stderr.write(noSitesFound(selection.namespace));
    io.stdout.write(queueLine(queue));
    return exitCodes.done;
  }
  const isWide = flags.output === "wide";
  const images = isWide ? imagesOfVersions(items, flags.container) : new Map<string, string>();
  io.stdout.write(
    await renderTable(
      ["VERSION", "SITES", "HEALTHY", "PROGRESSING", "FAILED", ...(isWide ? ["IMAGE"] : [])],
      versions.map((row) =>
        [
          row.version,
          String(row.sites),
          String(row.healthy),
          String(row.progressing),
          String(row.failed),
          isWide ? (images.get(row.version) ?? "<none>") : [],
        ].flat(),
      ),
    ),
  );
  io.stdout.write(queueLine(queue));
  const held = items.filter((site) => site.held).length;
  if (held > 0) io.stdout.write(`${held} held\n`);
  if (unfinished !== undefined) {
    const { counts } = unfinished;
    io.stdout.write(
      `Rollout ${unfinished.id} (${unfinished.kind} ${printable(unfinished.target)}) is ${unfinished.phase}: ${counts.updated} updated, ${counts.failed} failed, ${counts.pending} pending\n`,
    );
  }
  return exitCodes.done;
}

/** The newest unfinished rollout, its counts brought up to date: a record is written now and then only. */
async function unfinishedRollout(
  stored: readonly StoredRollout[],
  sites: readonly ObservedSite[],
  io: Io,
): Promise<RolloutRecord | undefined> {
  const found = stored.find(isUnfinished);
  if (found === undefined) return undefined;
  const siteOf = new Map(sites.map((site) => [siteKey(site), site]));
  const { counts } = followedResult(found.record, await readResults(found, io), (key) => siteOf.get(key));
  return { ...found.record, counts };
}

function queueLine(queue: Readonly<Record<string, number>> | undefined): string {
  if (queue === undefined) return "";
  const { queued = 0, deploying = 0, failed = 0, rejected = 0 } = queue;
  return `Queue: ${queued} queued, ${deploying} deploying, ${failed} failed, ${rejected} rejected\n`;
}

/** The images that sites of a version run, since one tag may be of several registries. */
function imagesOfVersions(sites: readonly ObservedSite[], container: string): Map<string, string> {
  const images = new Set(
    sites.map((site) => imageOf(site, container)).filter((image) => image !== undefined),
  );
  const byVersion = Map.groupBy(images, versionOf);
  return new Map([...byVersion].map(([version, these]) => [version, these.toSorted().join(",")]));
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
