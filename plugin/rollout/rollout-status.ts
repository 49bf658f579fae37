import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import { followedResult } from "../../shared/rollout/followed-rollout.ts";
import { observeDeployment, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { RolloutResult, SiteResult } from "../../shared/rollout/rollout-result.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { createLiveRegion, type LiveRegion } from "../terminal/live-region.ts";
import { createStyle } from "../terminal/style.ts";
import { listSites, siteCollection, type SiteSelection } from "./list-sites.ts";
import { printResult, targetText } from "./print-result.ts";
import { createRolloutStore, type RolloutStore } from "./rollout-store.ts";
import { followUpFlags, recordNamespaceOf } from "./record-scope.ts";
import type { StatusFlags } from "./status.ts";

/** `kubectl subscribie status ROLLOUT [-w]`: from the record, brought up to date by what the sites carry. */
export async function showRolloutStatus(
  client: ApiClient,
  id: string,
  flags: StatusFlags,
  io: Io,
): Promise<number> {
  const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
  const stored = await store.read(id);
  let { record } = stored;
  let results = (await stored.results()) ?? [];
  const sites = new Map<string, ObservedSite>();
  if (record.phase === "Progressing") {
    const { namespace, selector, names } = record.selection;
    const selection = { namespace, selector, names };
    const listed = await listSites(client, selection, { signal: io.signal });
    for (const site of listed.sites) sites.set(siteKey(site), site);
    if (flags.watch) {
      await follow({ client, store, record, results, sites, selection, listed, flags, io });
      const ended = await store.read(id);
      ({ record } = ended);
      results = (await ended.results()) ?? results;
    }
  }
  const result = followedResult(record, results, (key) => sites.get(key));
  printResult(result, io, {
    output: flags.output,
    elapsedMs: elapsed(record, io),
    cause: record.cause,
    followUpFlags: followUpFlags(flags),
  });
  return exitCodeOf(record, result);
}

/** Redraws with each change until the record says that the rollout has ended, or until Ctrl-C. */
async function follow(following: {
  readonly client: ApiClient;
  readonly store: RolloutStore;
  readonly record: RolloutRecord;
  readonly results: readonly SiteResult[];
  readonly sites: Map<string, ObservedSite>;
  readonly selection: SiteSelection;
  readonly listed: { readonly resourceVersion: string };
  readonly flags: StatusFlags;
  readonly io: Io;
}): Promise<void> {
  const { client, store, record, results, sites, flags, io } = following;
  const ended = new AbortController();
  const until = AbortSignal.any([ended.signal, io.signal]);
  const style = createStyle(io, flags["no-color"]);
  const region = io.stderrIsTerminal && !flags.quiet ? createLiveRegion(io) : undefined;
  let last = "";

  function show(): void {
    const line = progressLine(followedResult(record, results, (key) => sites.get(key)));
    if (line === last || flags.quiet) return;
    last = line;
    write(
      region,
      io,
      `${style("bold", `${record.kind} ${targetText(record.kind, record.target)}`)}  ${line}`,
    );
  }

  async function followSites(): Promise<void> {
    const { path, labelSelector, fieldSelector } = siteCollection(following.selection);
    for await (const event of watchObjects(client, path, (raw) => observeDeployment(raw), {
      labelSelector,
      fieldSelector,
      resourceVersion: following.listed.resourceVersion,
      signal: until,
    })) {
      for (const site of event.type === "listed" ? event.items : [event.object])
        sites.set(siteKey(site), site);
      show();
    }
  }

  async function followRecord(): Promise<void> {
    for await (const { phase } of store.follow(record.id, until)) if (phase !== "Progressing") break;
  }

  show();
  try {
    await Promise.race([followRecord(), followSites()]);
    io.signal.throwIfAborted();
  } finally {
    ended.abort();
    region?.end();
  }
}

function write(region: LiveRegion | undefined, io: Io, line: string): void {
  if (region === undefined) io.stderr.write(`${line}\n`);
  else region.draw([line]);
}

function progressLine({ counts }: RolloutResult): string {
  const through = counts.total - counts.pending;
  return `${through}/${counts.total} through, ${counts.updated} updated, ${counts.failed} failed, ${counts.pending} pending`;
}

function elapsed(record: RolloutRecord, io: Io): number | undefined {
  const end = record.finishedAt === undefined ? io.now() : Date.parse(record.finishedAt);
  const milliseconds = end - Date.parse(record.startedAt);
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** As of the command that drove it; a rollout that still runs well is 0. */
function exitCodeOf(record: RolloutRecord, result: RolloutResult): number {
  if (record.phase === "Progressing") return result.counts.failed === 0 ? exitCodes.done : exitCodes.failed;
  return record.phase === "Complete" && result.counts.failed === 0 ? exitCodes.done : exitCodes.failed;
}
