import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { followedResult } from "../../shared/rollout/followed-rollout.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import { elapsedMs, type RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { endedExitCode, type RolloutResult } from "../../shared/rollout/rollout-result.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { followRollout, type FollowedRollout } from "./follow-rollout.ts";
import { listSites } from "./list-sites.ts";
import { printResult } from "./print-result.ts";
import { findUnfinished, followUpFlags, recordNamespaceOf } from "./record-scope.ts";
import { readResults } from "./recorded-results.ts";
import { createRolloutStore } from "./rollout-store.ts";
import type { StatusFlags } from "./status.ts";

/** `kubectl subscribie status -w`: the rollout that is under way. */
export async function showUnfinished(client: ApiClient, flags: StatusFlags, io: Io): Promise<number> {
  const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
  const { record } = await findUnfinished(store, io);
  return await showRolloutStatus(client, record.id, flags, io);
}

/** `kubectl subscribie status ROLLOUT [-w]`: from the record, brought up to date by what the sites carry. */
export async function showRolloutStatus(
  client: ApiClient,
  id: string,
  flags: StatusFlags,
  io: Io,
): Promise<number> {
  const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
  const stored = await store.read(id);
  const rollout: FollowedRollout = {
    record: stored.record,
    results: await readResults(stored, io),
    sites: new Map(),
  };
  let undriven: string | undefined;
  if (rollout.record.phase === "Progressing") {
    const listed = await listSites(client, rollout.record.selection, { signal: io.signal });
    for (const site of listed.sites) rollout.sites.set(siteKey(site), site);
    if (flags.watch) {
      undriven = await followRollout(rollout, { client, store, listed, flags, io });
      const last = await store.read(id);
      rollout.record = last.record;
      rollout.results = await readResults(last, io);
    }
  }
  const { record, results, sites } = rollout;
  const result = followedResult(record, results, (key) => sites.get(key));
  await printResult(result, io, {
    output: flags.output,
    elapsedMs: elapsedMs(record, io.now()),
    cause: record.cause,
    followUpFlags: followUpFlags(flags),
  });
  if (undriven === undefined) return exitCodeOf(record, result);
  io.stderr.write(
    `nobody drives rollout ${id} any more: ${undriven}; go on with kubectl subscribie resume ${id}${followUpFlags(flags)}\n`,
  );
  return exitCodes.failed;
}

/** As of the command that drove it; a rollout that still runs well is 0. */
function exitCodeOf(record: RolloutRecord, { counts }: RolloutResult): number {
  if (record.phase === "Progressing") return counts.failed === 0 ? exitCodes.done : exitCodes.failed;
  return endedExitCode(record, counts);
}
