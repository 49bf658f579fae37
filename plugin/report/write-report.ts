import { writeFile } from "node:fs/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { observeDeployment, siteKey } from "../../shared/rollout/observed-site.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { servingContainer } from "../../shared/site/site-labels.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { reportFlags } from "../commands/report.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { siteCollection, siteSelection } from "../rollout/list-sites.ts";
import { createRolloutStore, type RolloutStore, type StoredRollout } from "../rollout/rollout-store.ts";
import { recordNamespaceOf } from "../rollout/record-scope.ts";
import { warn } from "../terminal/warn.ts";
import { renderFleetPage } from "./fleet-page.ts";
import { countVersions, type RecordedRollout } from "./fleet-versions.ts";
import { renderRolloutPage } from "./rollout-page.ts";
import { rolloutTimeline } from "./rollout-timeline.ts";

type ReportFlags = FlagValues<typeof reportFlags>;

/** `kubectl subscribie report [ROLLOUT]`: one HTML page, on stdout or in a file. */
export async function writeReport(flags: ReportFlags, [id]: readonly string[], io: Io): Promise<number> {
  const file = flags["output-file"];
  if (file === undefined && io.stdoutIsTerminal) {
    throw new UsageError(
      "a page of HTML is of no use on a terminal; name a file with --output-file report.html, or redirect it",
    );
  }
  const client = connect(flags, io);
  try {
    const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
    const generated = new Date(io.now()).toISOString();
    const page =
      id === undefined
        ? await fleetPage(client, store, flags, generated, io)
        : await rolloutPage(store, id, generated, io);
    if (file === undefined || file === "-") io.stdout.write(page);
    else await save(page, file, io);
    return exitCodes.done;
  } finally {
    client.close();
  }
}

async function rolloutPage(store: RolloutStore, id: string, generated: string, io: Io): Promise<string> {
  const { record, sites } = await readTimeline(await store.read(id), io);
  return renderRolloutPage(record, rolloutTimeline(record, sites), generated);
}

async function fleetPage(
  client: ApiClient,
  store: RolloutStore,
  flags: ReportFlags,
  generated: string,
  io: Io,
): Promise<string> {
  const selection = siteSelection({ ...flags, selector: undefined }, client, []);
  const collection = siteCollection(selection);
  const [{ items }, stored] = await Promise.all([
    listAll(client, collection.path, versionOfSite, { ...collection, signal: io.signal }),
    store.list((problem) => warn(io, problem)),
  ]);
  const rollouts: RecordedRollout[] = [];
  for (const rollout of stored) rollouts.push(await readTimeline(rollout, io));
  const of = selection.namespace === undefined ? "all namespaces" : `namespace ${selection.namespace}`;
  return renderFleetPage({ of, versions: countVersions(new Map(items)), rollouts }, generated);
}

/** A rollout whose per-site results are damaged is still worth its line. */
async function readTimeline(stored: StoredRollout, io: Io): Promise<RecordedRollout> {
  const sites = await stored.timeline();
  if (sites === undefined) warn(io, `the results of rollout ${printable(stored.record.id, 60)} are damaged`);
  return { record: stored.record, sites: sites ?? [] };
}

function versionOfSite(raw: unknown): readonly [string, string] {
  const site = observeDeployment(raw);
  return [siteKey(site), versionOf(servingContainer(site.containers)?.image ?? "")];
}

async function save(page: string, file: string, io: Io): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    throw new CommandError(
      `the report cannot be written to ${printable(file)}; name a file in a folder that is there and may be written to`,
      { cause: error },
    );
  }
  io.stderr.write(`report written to ${printable(file)}\n`);
}
