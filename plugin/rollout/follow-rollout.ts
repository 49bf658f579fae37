import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import { followedResult } from "../../shared/rollout/followed-rollout.ts";
import { observeDeployment, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { RolloutResult, SiteResult } from "../../shared/rollout/rollout-result.ts";
import type { Io } from "../io.ts";
import { createLiveRegion } from "../terminal/live-region.ts";
import { createStyle, type Style } from "../terminal/style.ts";
import { siteCollection, type ListedSites } from "./list-sites.ts";
import { noticeLine } from "./notice-lines.ts";
import { targetText } from "./print-result.ts";
import type { RolloutStore } from "./rollout-store.ts";
import type { StatusFlags } from "./status.ts";
import { watchDriver } from "./watch-driver.ts";

/** A rollout that somebody else drives, as far as it is known. */
export interface FollowedRollout {
  record: RolloutRecord;
  /** Undefined where they are damaged. */
  results: readonly SiteResult[] | undefined;
  readonly sites: Map<string, ObservedSite>;
}

/** So often what changed is counted and shown: a fleet changes many times meanwhile. */
const frameMs = 250;
const lineMs = 1_000;

/**
 * Shows a rollout as it goes on, until its record says that it has ended, or until Ctrl-C.
 *
 * @returns undefined, or in words why nobody drives it any more
 */
export async function followRollout(
  rollout: FollowedRollout,
  from: {
    readonly client: ApiClient;
    readonly store: RolloutStore;
    readonly listed: Pick<ListedSites, "resourceVersion">;
    readonly flags: Pick<StatusFlags, "quiet" | "no-color">;
    readonly io: Io;
  },
): Promise<string | undefined> {
  const { client, store, listed, flags, io } = from;
  const { id } = rollout.record;
  const ended = new AbortController();
  const until = AbortSignal.any([ended.signal, io.signal]);
  const display = flags.quiet ? undefined : createDisplay(rollout, createStyle(io, flags["no-color"]), io);

  async function followSites(): Promise<void> {
    const { path, ...selectors } = siteCollection(rollout.record.selection);
    for await (const event of watchObjects(client, path, (raw) => observeDeployment(raw), {
      ...selectors,
      resourceVersion: listed.resourceVersion,
      signal: until,
    })) {
      if (event.type === "listed") rollout.sites.clear();
      for (const site of event.type === "listed" ? event.items : [event.object]) {
        if (event.type === "deleted") rollout.sites.delete(siteKey(site));
        else rollout.sites.set(siteKey(site), site);
      }
    }
  }

  async function followRecord(): Promise<void> {
    for await (const stored of store.follow(id, until)) {
      rollout.record = stored.record;
      rollout.results = (await stored.results()) ?? rollout.results;
      if (stored.record.phase !== "Progressing") return;
    }
  }

  async function driverLost(): Promise<string | undefined> {
    const why = await watchDriver(client, store, id, until);
    if (why === undefined) return undefined;
    // The driver's last act, which may have come since.
    const { record } = await store.read(id);
    return record.phase === "Progressing" ? why : undefined;
  }

  try {
    const why = await Promise.race([followRecord(), followSites(), driverLost()]);
    io.signal.throwIfAborted();
    return why ?? undefined;
  } finally {
    ended.abort();
    display?.end();
  }
}

/** Progress in one line that is redrawn on a terminal, or lines with the time elsewhere; and each failure in one. */
function createDisplay(rollout: FollowedRollout, style: Style, io: Io): { readonly end: () => void } {
  const region = io.stderrIsTerminal && io.env["TERM"] !== "dumb" ? createLiveRegion(io) : undefined;
  const told = new Set<string>();
  let last = "";

  function say(line: string): void {
    if (region === undefined) io.stderr.write(`${new Date(io.now()).toISOString().slice(11, 19)} ${line}\n`);
    else region.log(line);
  }

  function show(): void {
    for (const site of rollout.results ?? []) {
      const key = siteKey(site);
      if ((site.outcome !== "failed" && site.outcome !== "conflict") || told.has(key)) continue;
      told.add(key);
      const kind = site.outcome === "failed" ? "siteFailed" : "siteConflict";
      say(noticeLine({ kind, site: key, reason: site.reason }, style, 0));
    }
    const { kind, target } = rollout.record;
    const result = followedResult(rollout.record, rollout.results, (key) => rollout.sites.get(key));
    const line = `${style("bold", `${kind} ${targetText(kind, target)}`)}  ${progressText(result)}`;
    if (line === last) return;
    last = line;
    if (region === undefined) say(line);
    else region.draw([line]);
  }

  show();
  const timer = setInterval(show, region === undefined ? lineMs : frameMs);
  return {
    end() {
      clearInterval(timer);
      show();
      region?.end();
    },
  };
}

function progressText({ counts }: RolloutResult): string {
  const through = counts.total - counts.pending;
  return `${through}/${counts.total} through, ${counts.updated} updated, ${counts.failed} failed, ${counts.pending} pending`;
}
