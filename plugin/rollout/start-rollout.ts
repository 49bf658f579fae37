import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { RollbackRequest } from "../../shared/rollout/rollback-target.ts";
import { parseRolloutId, type RolloutKind } from "../../shared/rollout/rollout-id.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { parseStrategy, type RolloutStrategy } from "../../shared/rollout/strategy.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import { connect } from "../connect.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import { carriedRollout, lastRecordedRollout } from "./last-rollout.ts";
import { listSites, siteSelection } from "./list-sites.ts";
import { findUnfinished, followUpFlags, recordNamespaceOf } from "./record-scope.ts";
import type { resumeFlags, rolloutFlags } from "./rollout-flags.ts";
import { requestOfRecord, selectedSites, upgradeTo, type RolloutRequest } from "./rollout-request.ts";
import { createRolloutStore, isUnfinished } from "./rollout-store.ts";
import { runRollout, type RunOptions } from "./run-rollout.ts";

type ResumeFlags = FlagValues<typeof resumeFlags>;

/** What every rollout is run and paced by; a rollback has no budget of failures, since it goes on past them. */
type PaceFlags = Omit<ResumeFlags, "max-failures"> & {
  readonly "max-failures"?: string | undefined;
  readonly "on-failure"?: "pause" | "rollback";
};

type RolloutFlags = FlagValues<ReturnType<typeof rolloutFlags>> & {
  readonly "max-failures"?: string | undefined;
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
    const wanted = await rollbackRequest(flags, options, selection);
    const change = { kind: "rollback", request: wanted, includeChanged: flags["include-changed"] } as const;
    return await runRollout({ change, container: flags.container, selection, strategy }, options);
  });
}

/** `kubectl subscribie resume [ROLLOUT]`: the newest unfinished one unless named. */
export async function resumeRollout(flags: ResumeFlags, [id]: readonly string[], io: Io): Promise<number> {
  return await withClient(flags, io, async (client, options) => {
    const store = createRolloutStore(client, options.recordNamespace, io.signal);
    const { record } = id === undefined ? await findUnfinished(store, io) : await store.read(id);
    if (!isUnfinished({ record })) {
      throw new CommandError(
        `rollout ${record.id} is ${record.phase}; only a paused or interrupted one can be resumed`,
      );
    }
    const { selection, ...request } = requestOfRecord(record);
    const strategy = changedStrategy(record.kind, request.strategy, flags);
    return await runRollout({ ...request, selection, strategy }, options, record.id);
  });
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
  options: RunOptions,
  selection: RolloutRecord["selection"],
): Promise<RollbackRequest> {
  if (flags["to-revision"] !== undefined) return { kind: "revision", revision: Number(flags["to-revision"]) };
  if (flags["previous-revision"]) return { kind: "previous-revision" };
  if (flags.rollout !== undefined) return { kind: "rollout", id: flags.rollout };
  const { client, io, recordNamespace } = options;
  const { sites, date } = await listSites(client, selectedSites(selection), { signal: io.signal });
  if (selection.names.length > 0) return { kind: "rollout", id: carriedRollout(sites) };
  const id = await lastRecordedRollout({
    client,
    recordNamespace,
    selection,
    sites,
    date: date ?? new Date(io.now()),
    signal: io.signal,
    warn: (line) => warn(io, line),
  });
  if (!options.quiet) io.stderr.write(`taking back ${id}\n`);
  return { kind: "rollout", id };
}

async function withClient(
  flags: PaceFlags & { readonly "dry-run"?: "none" | "client" | "server" },
  io: Io,
  run: (client: ApiClient, options: RunOptions) => Promise<number>,
): Promise<number> {
  if (flags.events && flags.output !== undefined)
    throw new UsageError("--events and -o both write to stdout; use one of the two");
  // What is wrong with the pace is so for every kind of rollout: it is told before anybody is asked for anything.
  strategyOf("upgrade", flags);
  const client = connect(flags, io);
  try {
    return await run(client, {
      client,
      io,
      recordNamespace: recordNamespaceOf(flags, client),
      dryRun: flags["dry-run"] ?? "none",
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

async function common(
  kind: RolloutKind,
  flags: RolloutFlags,
  names: readonly string[],
  client: ApiClient,
  options: RunOptions,
): Promise<Pick<RolloutRequest, "selection" | "strategy">> {
  const strategy = strategyOf(kind, flags);
  const { namespace, selector, names: named } = siteSelection(flags, client, names);
  const fromVersion = flags["from-version"];
  return {
    strategy,
    selection: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(selector === undefined ? {} : { selector }),
      names: [...named],
      ...(flags["only-failed"] === true ? { sites: await failedSites(options) } : {}),
      exclude: [...flags.exclude],
      ...(fromVersion === undefined ? {} : { fromVersion }),
    },
  };
}

/** The sites that failed in the newest rollout that had any, as `namespace/name`. */
async function failedSites({ client, io, recordNamespace }: RunOptions): Promise<string[]> {
  const store = createRolloutStore(client, recordNamespace, io.signal);
  const stored = await store.list((problem) => warn(io, problem));
  const last = stored.find(({ record }) => record.counts.failed > 0);
  const results = (await last?.results()) ?? [];
  const failed = results.filter((site) => site.outcome === "failed" || site.outcome === "conflict");
  if (failed.length === 0) {
    throw new CommandError(
      `no rollout in namespace ${recordNamespace} has failed sites; leave out --only-failed`,
    );
  }
  return failed.map(siteKey);
}

function strategyFlagsOf(flags: PaceFlags) {
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

function strategyOf(kind: RolloutKind, flags: PaceFlags): RolloutStrategy {
  const parsed = parseStrategy(kind, strategyFlagsOf(flags));
  if ("problems" in parsed) throw new UsageError(parsed.problems.join("; "));
  return parsed.strategy;
}

/** The strategy of a resumed rollout: its own, but for the flags that were given now. */
function changedStrategy(kind: RolloutKind, recorded: RolloutStrategy, flags: PaceFlags): RolloutStrategy {
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
