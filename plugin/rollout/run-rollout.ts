import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { LeaseLostError, type LeaseHold } from "../../shared/cluster/lease.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import { elapsedMs, recordedResult } from "../../shared/rollout/rollout-record.ts";
import { countUpdates } from "../../shared/rollout/rollout-plan.ts";
import { endedExitCode, rolloutExitCode, rolloutResult } from "../../shared/rollout/rollout-result.ts";
import { createRolloutState, type RolloutState } from "../../shared/rollout/rollout-state.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError, exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { confirm } from "../terminal/confirm.ts";
import { monotonicClock } from "../terminal/clock.ts";
import { warn } from "../terminal/warn.ts";
import { writeDiff } from "./diff-plan.ts";
import { driveRollout, type DriveResult } from "./drive-rollout.ts";
import { reportFailures } from "./failure-events.ts";
import { findGoingOn, rollbackOf } from "./going-on.ts";
import { preflight } from "./preflight.ts";
import { prepareRollout, type PreparedRollout } from "./prepare-rollout.ts";
import { printPlan, printResult, type ResultOutput } from "./print-result.ts";
import { beginRecord, type RecordKeeper } from "./record-keeper.ts";
import { recordUnderLease } from "./record-under-lease.ts";
import { refuseOverlap } from "./refuse-overlap.ts";
import { createRolloutDisplay } from "./rollout-display.ts";
import { readResults } from "./recorded-results.ts";
import type { RolloutRequest } from "./rollout-request.ts";
import { createRolloutStore, isUnfinished, type RolloutStore, type StoredRollout } from "./rollout-store.ts";
import { saveMemory } from "../save-memory.ts";
import { showPlan } from "./show-plan.ts";
import { takeLease } from "./take-lease.ts";

const migrationNote = "a new version may migrate a site's database, which no rollback undoes";

/** How a rollout is run and shown, apart from what it does. */
export interface RunOptions {
  readonly client: ApiClient;
  readonly io: Io;
  readonly recordNamespace: string;
  readonly dryRun: "none" | "client" | "server";
  readonly diff: boolean;
  readonly interactive: boolean;
  readonly events: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly output: ResultOutput["output"];
  /** Flags that a follow-up command needs too: ` -n shops`. */
  readonly followUpFlags: string;
}

/** What one rollout came to. */
interface RolloutOutcome {
  readonly exitCode: number;
  /** The rollout that is to be taken back, as it was asked to be when it fails. */
  readonly rollBack: string | undefined;
}

/**
 * Runs a rollout from its request to its result and returns the exit code. The same request as an unfinished rollout's
 * goes on with that one; any other supersedes the unfinished ones over its sites. A rollback that was asked for in
 * case of failure follows under the same Lease; where the operator was killed before its end, the same request goes on
 * with it.
 *
 * @param resumedId the rollout that is to go on; throws CommandError when it is finished by now
 */
export async function runRollout(
  request: RolloutRequest,
  options: RunOptions,
  resumedId?: string,
): Promise<number> {
  const { client, io } = options;
  saveMemory();
  if (options.dryRun !== "none") return await showPlan(request, options);
  const lease = await takeLease(options);
  const store = recordUnderLease(createRolloutStore(client, options.recordNamespace, io.signal), lease);
  try {
    const { exitCode, rollBack } = await runUnderLease(request, options, { store, lease, resumedId });
    if (rollBack === undefined) return exitCode;
    io.stderr.write(`rolling back ${rollBack}\n`);
    await runUnderLease(rollbackOf(request, rollBack), rollbackOptions(options), {
      store,
      lease,
      takesBack: rollBack,
    });
    return exitCode;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    throw new CommandError(
      `nothing was changed: ${error.message}; see kubectl subscribie status${options.followUpFlags}`,
      { cause: error },
    );
  } finally {
    await lease.release();
  }
}

async function runUnderLease(
  request: RolloutRequest,
  options: RunOptions,
  under: {
    readonly store: RolloutStore;
    readonly lease: LeaseHold;
    readonly resumedId?: string | undefined;
    /** The failed rollout that this one takes back. */
    readonly takesBack?: string;
  },
): Promise<RolloutOutcome> {
  const { client, io } = options;
  const { store, lease, resumedId, takesBack } = under;
  const stored = await store.list((problem) => warn(io, problem));
  const { resumed, failed } = findGoingOn(stored, request, resumedId);
  if (failed !== undefined) return await showFailed(failed, options);
  if (resumedId !== undefined && resumed === undefined) {
    throw new CommandError(
      `rollout ${resumedId} is not unfinished any more; see kubectl subscribie history${options.followUpFlags}`,
    );
  }
  const prepared = await prepareRollout(request, options, resumed?.record.id);
  const { plan, listed } = prepared;
  const now = monotonicClock(io.now);
  const state = createRolloutState(plan, now(), await earlierFailures(resumed));
  if (resumed !== undefined && !options.quiet) io.stderr.write(`resuming rollout ${plan.id}\n`);

  if (countUpdates(plan) === 0 && resumed === undefined) {
    await markFailed(store, stored, takesBack);
    const unstarted = rolloutResult(state);
    const result = { ...unstarted, phase: unstarted.counts.failed === 0 ? "Complete" : "Failed" } as const;
    await printResult(result, resultIo(options), options);
    return { exitCode: endedExitCode(result, result.counts), rollBack: undefined };
  }
  // Not before the rollback of a failed rollout: the Lease was ours all along, and who came since gives way to it.
  if (takesBack === undefined) {
    const changed = plan.sites.filter(({ action }) => action === "update");
    await refuseOverlap({
      ...options,
      sitesNamespace: request.selection.namespace,
      changedNamespaces: new Set(changed.map(({ namespace }) => namespace)),
    });
  }
  const warnings = await preflight({
    ...prepared,
    client,
    recordNamespace: options.recordNamespace,
    sites: listed.sites,
    signal: io.signal,
    triesFirstPatch: true,
  });
  for (const warning of warnings) warn(io, warning);
  if (options.diff) await writeDiff(prepared, client, io);
  if (options.interactive && !(await agree(state, options))) {
    io.stderr.write("nothing was changed\n");
    return { exitCode: exitCodes.failed, rollBack: undefined };
  }

  const keeper = await beginRecord({
    client,
    store,
    request,
    state,
    listed,
    stored,
    resumed: resumed?.record,
    now,
    signal: io.signal,
    warn: (line) => warn(io, line),
  });
  await markFailed(store, stored, takesBack);
  const others = stored.filter((other) => isUnfinished(other) && other.record.id !== takesBack);
  for (const superseded of await keeper.supersede(others)) {
    io.stderr.write(`rollout ${printable(superseded)} is superseded by this one, and Aborted\n`);
  }
  return await carryOut(options, prepared, { state, keeper, lease, store, now });
}

/** What the operator who was killed would have printed before the rollback. */
async function showFailed(failed: StoredRollout, options: RunOptions): Promise<RolloutOutcome> {
  const { record } = failed;
  const results = (await readResults(failed, options.io)) ?? [];
  await printResult({ ...recordedResult(record, results), phase: "Failed" }, resultIo(options), {
    ...options,
    elapsedMs: elapsedMs(record, options.io.now()),
    cause: record.cause,
  });
  return { exitCode: exitCodes.failed, rollBack: record.id };
}

/** The rollback of a failed rollout has its record now, or has nothing to do: nobody needs to go on with the failed one. */
async function markFailed(
  store: RolloutStore,
  stored: readonly StoredRollout[],
  id: string | undefined,
): Promise<void> {
  const failed = stored.find(({ record }) => record.id === id);
  if (failed !== undefined && isUnfinished(failed)) await store.save({ ...failed.record, phase: "Failed" });
}

async function carryOut(
  options: RunOptions,
  prepared: PreparedRollout,
  running: {
    state: RolloutState;
    keeper: RecordKeeper;
    lease: LeaseHold;
    store: RolloutStore;
    now: () => number;
  },
): Promise<RolloutOutcome> {
  const { client, io } = options;
  const { state, keeper, lease, store, now } = running;
  const { plan } = prepared;
  const ended = new AbortController();
  const display = createRolloutDisplay(state, io, options, now);
  if (plan.kind === "upgrade") display.say(migrationNote);
  let driven: DriveResult;
  try {
    keeper.start();
    driven = await driveRollout({
      ...prepared,
      client,
      state,
      lease,
      observer: display,
      now,
      signal: io.signal,
      stopRequests: store.followOrders(plan.id, ended.signal),
    });
  } finally {
    ended.abort();
    display.end();
    await finishRecord(keeper, io);
  }
  await reportFailures(client, rolloutResult(state), prepared.listed.sites, new Date(io.now()));
  await printResult(rolloutResult(state), resultIo(options), {
    ...options,
    elapsedMs: (state.finishedAt ?? now()) - (state.startedAt ?? now()),
    cause: state.cause,
  });
  if (driven.failure !== undefined) throw driven.failure;
  return { exitCode: rolloutExitCode(state), rollBack: driven.rollBack ? plan.id : undefined };
}

/** A record that cannot be written is not worth losing the result for: what was done stands on the sites. */
async function finishRecord(keeper: RecordKeeper, io: Io): Promise<void> {
  try {
    await keeper.finish();
  } catch (error) {
    // It is the record of whoever took the Lease over: the result says that somebody did.
    if (error instanceof LeaseLostError) return;
    if (!(error instanceof UnreachableError) && !(error instanceof ApiError)) throw error;
    warn(
      io,
      `the rollout's record could not be written (${error.message}); the sites carry what was done, and the same command goes on with it`,
    );
  }
}

async function agree(state: RolloutState, options: RunOptions): Promise<boolean> {
  await printPlan(
    rolloutResult(state),
    { ...options.io, stdout: options.io.stderr },
    undefined,
    "nothing is changed yet",
  );
  return await confirm("Go on?", options.io, "leave out -i");
}

async function earlierFailures(resumed: StoredRollout | undefined): Promise<ReadonlyMap<string, string>> {
  const results = (await resumed?.results()) ?? [];
  return new Map(
    results.filter((site) => site.outcome === "failed").map((site) => [siteKey(site), site.reason]),
  );
}

/** With `--events`, stdout has one JSON line an event and nothing else. */
function resultIo({ io, events }: RunOptions): Io {
  return events ? { ...io, stdout: io.stderr } : io;
}

/** stdout has one result, the upgrade's; that of the rollback which follows it goes where the progress does. */
function rollbackOptions(options: RunOptions): RunOptions {
  const shown =
    options.output === undefined
      ? {}
      : { io: { ...options.io, stdout: options.io.stderr }, output: undefined };
  return { ...options, ...shown, diff: false, interactive: false };
}
