import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { elapsedMs, recordedResult } from "../../shared/rollout/rollout-record.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import type { FlagValues } from "../command.ts";
import type { historyFlags } from "../commands/history.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { formatAge } from "../terminal/age.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { warn } from "../terminal/warn.ts";
import { printResult } from "./print-result.ts";
import { readResults } from "./recorded-results.ts";
import { createRolloutStore, type RolloutStore } from "./rollout-store.ts";
import { followUpFlags, recordNamespaceOf } from "./record-scope.ts";

type HistoryFlags = FlagValues<typeof historyFlags>;

/** `kubectl subscribie history [ROLLOUT]` */
export async function showHistory(flags: HistoryFlags, [id]: readonly string[], io: Io): Promise<number> {
  const client = connect(flags, io);
  try {
    const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
    if (id === undefined) await listRollouts(store, flags, io);
    else await showRollout(store, id, flags, io);
    return exitCodes.done;
  } finally {
    client.close();
  }
}

async function listRollouts(store: RolloutStore, flags: HistoryFlags, io: Io): Promise<void> {
  const stored = await store.list((problem) => warn(io, problem));
  const records = stored.map(({ record }) => record);
  if (flags.output === "json" || flags.output === "yaml") {
    return writeDocument(io.stdout, flags.output, { rollouts: records });
  }
  if (flags.output === "name") {
    io.stdout.write(records.map((record) => `${record.id}\n`).join(""));
    return undefined;
  }
  if (records.length === 0) {
    io.stderr.write(`No rollouts found in ${store.namespace} namespace.\n`);
    return undefined;
  }
  const table = await renderTable(
    ["ROLLOUT", "KIND", "FROM", "TO", "PHASE", "UPDATED", "FAILED", "BY", "AGE"],
    records.map((record) => [
      record.id,
      record.kind,
      fromText(record),
      record.target,
      record.phase,
      `${record.counts.updated}/${record.counts.total - record.counts.unchanged - record.counts.skipped}`,
      String(record.counts.failed),
      record.startedBy || "<unknown>",
      formatAge(record.startedAt, io.now()),
    ]),
  );
  io.stdout.write(table);
  return undefined;
}

async function showRollout(store: RolloutStore, id: string, flags: HistoryFlags, io: Io): Promise<void> {
  const stored = await store.read(id);
  const { record } = stored;
  const results = (await readResults(stored, io)) ?? [];
  if (flags.output === undefined || flags.output === "wide") io.stdout.write(await describe(record));
  await printResult(recordedResult(record, results), io, {
    output: flags.output,
    elapsedMs: elapsedMs(record, io.now()),
    cause: record.cause,
    followUpFlags: followUpFlags(flags),
  });
}

async function describe(record: RolloutRecord): Promise<string> {
  const lines = [
    ["Rollout", record.id],
    ["Started", `${record.startedAt} by ${record.startedBy || "<unknown>"}`],
    ["Finished", record.finishedAt ?? "<none>"],
    ["From", record.from.map(({ image, sites }) => `${image} (${sites})`).join(", ") || "<none>"],
    ["To", record.target],
    ["Selection", selectionText(record)],
    ...(record.supersedes.length === 0 ? [] : [["Supersedes", record.supersedes.join(", ")]]),
    ...(record.supersededBy === undefined ? [] : [["Superseded by", record.supersededBy]]),
  ];
  return await renderTable(
    undefined,
    lines.map(([name = "", value = ""]) => [`${name}:`, value]),
  );
}

function selectionText({ selection }: RolloutRecord): string {
  return [
    selection.namespace === undefined ? "all namespaces" : `namespace ${selection.namespace}`,
    ...(selection.selector ? [`selector ${selection.selector}`] : []),
    ...(selection.names.length > 0 ? [`sites ${selection.names.join(", ")}`] : []),
    ...(selection.exclude.length > 0 ? [`without ${selection.exclude.join(", ")}`] : []),
    ...(selection.fromVersion === undefined ? [] : [`running ${selection.fromVersion}`]),
  ].join("; ");
}

function fromText(record: RolloutRecord): string {
  const versions = [...new Set(record.from.map(({ image }) => versionOf(image)))];
  return versions.length === 0 ? "<none>" : versions.join(",");
}
