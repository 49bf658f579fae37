import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { lastRollout, type RollbackRequest } from "../../shared/rollout/rollback-target.ts";
import { parseRolloutId, type RolloutKind } from "../../shared/rollout/rollout-id.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { parseStrategy, type RolloutStrategy } from "../../shared/rollout/strategy.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import { connect } from "../connect.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { listSites, siteSelection } from "./list-sites.ts";
import type { rolloutFlags } from "./rollout-flags.ts";
import { requestOfRecord, upgradeTo, type RolloutRequest } from "./rollout-request.ts";
import { createRolloutStore, type RolloutStore, type StoredRollout } from "./rollout-store.ts";
import { runRollout, type RunOptions } from "./run-rollout.ts";

type RolloutFlags = FlagValues<typeof rolloutFlags> & {
  readonly "on-failure"?: "pause" | "rollback";
  readonly "from-version"?: string | undefined;
  readonly "only-failed"?: boolean;
};

/** `kubectl subscribie upgrade VERSION [SITE...]` */
export async function startUpgrade(
  flags: RolloutFlags,
  [version = "", ...names]: readonly string[],
  io: Io,
): Promise<number> {
  const change = upgradeTo(version);
  return await withClient(flags, io, async (client, options) => {
    const request = {
      change,
      container: flags.container,
      ...(await common("upgrade", flags, names, client, options)),
    };
    return await runRollout(request, options);
  });
}

/** `kubectl subscribie restart [SITE...]` */
export async function startRestart(flags: RolloutFlags, names: readonly string[], io: Io): Promise<number> {
  return await withClient(flags, io, async (client, options) => {
    const change = { kind: "restart" } as const;
    const request = {
      change,
      container: flags.container,
      ...(await common("restart", flags, names, client, options)),
    };
    return await runRollout(request, options);
  });
}

export interface RollbackFlags {
  readonly all: boolean;
  readonly rollout: string | undefined;
  readonly "to-revision": string | undefined;
  readonly "previous-revision": boolean;
  readonly "include-changed": boolean;
}

/** `kubectl subscribie rollback (--all | SITE... | --rollout ID)` */
export async function startRollback(
  flags: RolloutFlags & RollbackFlags,
  names: readonly string[],
  io: Io,
): Promise<number> {
  checkRollbackUsage(flags, names);
  return await withClient(flags, io, async (client, options) => {
    const { selection, strategy } = await common("rollback", flags, names, client, options);
    const wanted = await rollbackRequest(flags, client, selection, io);
    const change = { kind: "rollback", request: wanted, includeChanged: flags["include-changed"] } as const;
    return await runRollout({ change, container: flags.container, selection, strategy }, options);
  });
}

/** `kubectl subscribie resume [ROLLOUT]`: the newest unfinished one unless named. */
export async function resumeRollout(flags: RolloutFlags, [id]: readonly string[], io: Io): Promise<number> {
  return await withClient(flags, io, async (client, options) => {
    const store = createRolloutStore(client, options.recordNamespace, io.signal);
    const { record } = id === undefined ? await findUnfinished(store, io) : await store.read(id);
    if (record.phase !== "Progressing" && record.phase !== "Paused") {
      throw new CommandError(
        `rollout ${record.id} is ${record.phase}; only a paused or interrupted one can be resumed`,
      );
    }
    const { selection, ...request } = requestOfRecord(record);
    return await runRollout(
      { ...request, selection, strategy: changedStrategy(record.kind, request.strategy, flags) },
      options,
    );
  });
}

/** The newest rollout that is not finished; throws CommandError where there is none. */
export async function findUnfinished(store: RolloutStore, io: Io): Promise<StoredRollout> {
  const stored = await store.list((problem) => io.stderr.write(`warning: ${problem}\n`));
  const found = stored.find(({ record }) => record.phase === "Progressing" || record.phase === "Paused");
  if (found === undefined) {
    throw new CommandError(
      `no unfinished rollout in namespace ${store.namespace}; see kubectl subscribie history`,
    );
  }
  return found;
}

function checkRollbackUsage(flags: RollbackFlags, names: readonly string[]): void {
  const what = [flags.all, names.length > 0, flags.rollout !== undefined].filter(Boolean).length;
  if (what === 0) throw new UsageError("rollback needs --all, the names of sites, or --rollout ID");
  if (flags.all && names.length > 0)
    throw new UsageError("--all and named sites exclude each other; use one of the two");
  const revision = flags["to-revision"];
  if (revision !== undefined && !/^[1-9]\d{0,9}$/.test(revision)) {
    throw new UsageError(`--to-revision is a revision number of 1 or more, not '${printable(revision, 40)}'`);
  }
  if (revision !== undefined && names.length === 0) {
    throw new UsageError("--to-revision needs the names of sites: revision numbers differ from site to site");
  }
  if (flags.rollout === undefined) return;
  const id = parseRolloutId(flags.rollout);
  if (id === undefined) {
    throw new UsageError(
      `--rollout is a rollout's id, not '${printable(flags.rollout, 60)}'; see kubectl subscribie history`,
    );
  }
  if (id.kind === "rollback") {
    throw new UsageError(
      `${flags.rollout} is a rollback, which is not taken back; upgrade to the version that you want instead`,
    );
  }
}

async function rollbackRequest(
  flags: RollbackFlags,
  client: ApiClient,
  selection: RolloutRecord["selection"],
  io: Io,
): Promise<RollbackRequest> {
  if (flags["to-revision"] !== undefined) return { kind: "revision", revision: Number(flags["to-revision"]) };
  if (flags["previous-revision"]) return { kind: "previous-revision" };
  if (flags.rollout !== undefined) return { kind: "rollout", id: flags.rollout };
  const { namespace, selector, names } = selection;
  const { sites } = await listSites(client, { namespace, selector, names }, { signal: io.signal });
  const last = lastRollout(sites);
  if (last === undefined) {
    throw new CommandError(
      "no upgrade is recorded on these sites (they were changed by other means); to go back one revision each, as kubectl rollout undo would, add --previous-revision",
    );
  }
  return { kind: "rollout", id: last };
}

async function withClient(
  flags: RolloutFlags,
  io: Io,
  run: (client: ApiClient, options: RunOptions) => Promise<number>,
): Promise<number> {
  if (flags.events && flags.output !== undefined)
    throw new UsageError("--events and -o both write to stdout; use one of the two");
  const client = connect(flags, io);
  try {
    return await run(client, {
      client,
      io,
      recordNamespace: recordNamespaceOf(flags, client),
      dryRun: flags["dry-run"],
      diff: flags.diff,
      interactive: flags.interactive,
      events: flags.events,
      quiet: flags.quiet,
      noColor: flags["no-color"],
      output: flags.output,
      followUpFlags: followUpFlags(flags),
    });
  } finally {
    client.close();
  }
}

/** Records and the Lease live in one namespace, also for the sites of all. */
export function recordNamespaceOf(
  flags: { readonly "record-namespace": string | undefined; readonly "all-namespaces": boolean },
  client: ApiClient,
): string {
  return flags["record-namespace"] ?? (flags["all-namespaces"] ? "subscribie-system" : client.namespace);
}

/** The flags by which a later command finds the same cluster and record. */
export function followUpFlags(flags: {
  readonly namespace: string | undefined;
  readonly context: string | undefined;
  readonly "all-namespaces": boolean;
  readonly "record-namespace": string | undefined;
}): string {
  return [
    flags.context === undefined ? "" : ` --context ${flags.context}`,
    flags["all-namespaces"] ? " -A" : flags.namespace === undefined ? "" : ` -n ${flags.namespace}`,
    flags["record-namespace"] === undefined ? "" : ` --record-namespace ${flags["record-namespace"]}`,
  ].join("");
}

async function common(
  kind: RolloutKind,
  flags: RolloutFlags,
  names: readonly string[],
  client: ApiClient,
  options: RunOptions,
): Promise<Pick<RolloutRequest, "selection" | "strategy">> {
  const strategy = strategyOf(kind, flags);
  const onlyFailed = flags["only-failed"] === true ? await failedSites(client, options) : names;
  const { namespace, selector, names: sites } = siteSelection(flags, client, onlyFailed);
  const fromVersion = flags["from-version"];
  return {
    strategy,
    selection: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(selector === undefined ? {} : { selector }),
      names: [...sites],
      exclude: [...flags.exclude],
      ...(fromVersion === undefined ? {} : { fromVersion }),
    },
  };
}

/** The sites that failed in the newest rollout that had any. */
async function failedSites(client: ApiClient, options: RunOptions): Promise<readonly string[]> {
  const store = createRolloutStore(client, options.recordNamespace, options.io.signal);
  const stored = await store.list((problem) => options.io.stderr.write(`warning: ${problem}\n`));
  const last = stored.find(({ record }) => record.counts.failed > 0);
  const results = (await last?.results()) ?? [];
  const failed = results.filter((site) => site.outcome === "failed" || site.outcome === "conflict");
  if (failed.length === 0)
    throw new CommandError(
      `no rollout in namespace ${store.namespace} has failed sites; leave out --only-failed`,
    );
  return failed.map((site) => site.name);
}

function strategyFlagsOf(flags: RolloutFlags) {
  return {
    canary: flags.canary,
    soak: flags.soak,
    inFlight: flags["in-flight"],
    maxFailures: flags["max-failures"],
    siteTimeout: flags["site-timeout"],
    timeout: flags.timeout,
    onFailure: flags["on-failure"],
  };
}

function strategyOf(kind: RolloutKind, flags: RolloutFlags): RolloutStrategy {
  const parsed = parseStrategy(kind, strategyFlagsOf(flags));
  if ("problems" in parsed) throw new UsageError(parsed.problems.join("; "));
  return parsed.strategy;
}

/** The strategy of a resumed rollout: its own, but for the flags that were given now. */
function changedStrategy(kind: RolloutKind, recorded: RolloutStrategy, flags: RolloutFlags): RolloutStrategy {
  const now = strategyOf(kind, flags);
  return {
    canary: flags.canary === undefined ? recorded.canary : now.canary,
    soakMs: flags.soak === undefined ? recorded.soakMs : now.soakMs,
    inFlight: flags["in-flight"] === undefined ? recorded.inFlight : now.inFlight,
    inFlightAtLeast: flags["in-flight"] === undefined ? recorded.inFlightAtLeast : now.inFlightAtLeast,
    maxFailures: flags["max-failures"] === undefined ? recorded.maxFailures : now.maxFailures,
    siteTimeoutMs: flags["site-timeout"] === undefined ? recorded.siteTimeoutMs : now.siteTimeoutMs,
    timeoutMs: flags.timeout === undefined ? recorded.timeoutMs : now.timeoutMs,
    onFailure: recorded.onFailure,
  };
}
