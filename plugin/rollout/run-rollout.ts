import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { acquireLease, LeaseHeldError, LeaseLostError, type LeaseHold } from "../../shared/cluster/lease.ts";
import { siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { createRolloutId } from "../../shared/rollout/rollout-id.ts";
import { countUpdates, type PlannedSite, type RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { rolloutExitCode, rolloutResult, type SiteResult } from "../../shared/rollout/rollout-result.ts";
import { createRolloutState, type RolloutState } from "../../shared/rollout/rollout-state.ts";
import { carriesRollout } from "../../shared/rollout/rollout-annotations.ts";
import { sitePatch } from "../../shared/rollout/site-patch.ts";
import { defaultStrategy } from "../../shared/rollout/strategy.ts";
import { CommandError, exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { confirm } from "../terminal/confirm.ts";
import { monotonicClock } from "../terminal/clock.ts";
import { writeDiff } from "./diff-plan.ts";
import { driveRollout } from "./drive-rollout.ts";
import { tryPlan } from "./dry-run.ts";
import { listReplicaSets } from "./list-replica-sets.ts";
import { listSites, siteCollection, type ListedSites, type SiteCollection } from "./list-sites.ts";
import type { SitePatch } from "./patch-site.ts";
import { preflight } from "./preflight.ts";
import { printPlan, printResult, type ResultOutput } from "./print-result.ts";
import { reportFailures } from "./failure-events.ts";
import { beginRecord, type RecordKeeper } from "./record-keeper.ts";
import { recordUnderLease } from "./record-under-lease.ts";
import { createRolloutDisplay } from "./rollout-display.ts";
import { rolloutLease } from "./rollout-lease.ts";
import {
  applySelection,
  isSameRequest,
  planRequest,
  replicaSetPurpose,
  type RolloutRequest,
} from "./rollout-request.ts";
import { createRolloutStore, type RolloutStore, type StoredRollout } from "./rollout-store.ts";

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

/** A rollout that is ready to be carried out: sites, plan, and what each site's PATCH is. */
interface PreparedRollout {
  readonly plan: RolloutPlan;
  readonly listed: ListedSites;
  readonly collection: SiteCollection;
  readonly patchOf: (site: PlannedSite) => SitePatch;
}

/**
 * Runs a rollout from its request to its result and returns the exit code. The same request as an unfinished rollout's
 * goes on with that one; any other supersedes the unfinished ones over its sites.
 */
export async function runRollout(request: RolloutRequest, options: RunOptions): Promise<number> {
  const { client, io } = options;
  if (options.dryRun !== "none") return await showPlan(request, options);
  const lease = await takeLease(options);
  const store = recordUnderLease(createRolloutStore(client, options.recordNamespace, io.signal), lease);
  let outcome: { exitCode: number; rollBack: string | undefined };
  try {
    outcome = await runUnderLease(request, options, store, lease);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    throw new CommandError(
      `nothing was changed: ${error.message}; see kubectl subscribie status${options.followUpFlags}`,
      { cause: error },
    );
  } finally {
    await lease.release();
  }
  if (outcome.rollBack === undefined) return outcome.exitCode;
  io.stderr.write(`rolling back ${outcome.rollBack}\n`);
  await runRollout(rollbackOf(request, outcome.rollBack), {
    ...options,
    diff: false,
    interactive: false,
    // stdout has one result, which is the upgrade's; the rollback's is in its record.
    output: options.output === undefined ? undefined : "name",
    ...(options.output === undefined ? {} : { io: { ...io, stdout: io.stderr } }),
  });
  return outcome.exitCode;
}

async function runUnderLease(
  request: RolloutRequest,
  options: RunOptions,
  store: RolloutStore,
  lease: LeaseHold,
): Promise<{ exitCode: number; rollBack: string | undefined }> {
  const { client, io } = options;
  const warn = (line: string) => io.stderr.write(`warning: ${line}\n`);
  const stored = await store.list(warn);
  const unfinished = stored.filter(
    ({ record }) => record.phase === "Progressing" || record.phase === "Paused",
  );
  const resumed = unfinished.find(({ record }) => isSameRequest(record, request));
  const prepared = await prepareRollout(request, options, resumed?.record.id);
  const { plan, listed } = prepared;
  const now = monotonicClock(io.now);
  const earlier = await earlierFailures(resumed);
  const state = createRolloutState(plan, now(), earlier);
  if (resumed !== undefined && !options.quiet) io.stderr.write(`resuming rollout ${plan.id}\n`);

  if (countUpdates(plan) === 0 && resumed === undefined) {
    const result = { ...rolloutResult(state), phase: "Complete" as const };
    printResult(result, io, options);
    return { exitCode: exitCodes.done, rollBack: undefined };
  }
  const preflightOptions = { client, recordNamespace: options.recordNamespace, signal: io.signal };
  const warnings = await preflight({ ...prepared, sites: listed.sites, ...preflightOptions });
  for (const warning of warnings) warn(warning);
  if (options.diff) writeDiff(prepared, io);
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
  });
  for (const superseded of await keeper.supersede(unfinished)) {
    io.stderr.write(`rollout ${superseded} is superseded by this one, and Aborted\n`);
  }
  return await carryOut(options, prepared, { state, keeper, lease, store, now });
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
): Promise<{ exitCode: number; rollBack: string | undefined }> {
  const { client, io } = options;
  const { state, keeper, lease, store, now } = running;
  const { plan } = prepared;
  const ended = new AbortController();
  const display = createRolloutDisplay(state, io, options, now);
  let rollBack = false;
  try {
    keeper.start();
    ({ rollBack } = await driveRollout({
      ...prepared,
      client,
      state,
      lease,
      observer: display,
      now,
      signal: io.signal,
      stopRequests: store.followOrders(plan.id, ended.signal),
    }));
  } finally {
    ended.abort();
    display.end();
    await finishRecord(keeper, io);
  }
  await reportFailures(client, rolloutResult(state), prepared.listed.sites);
  printResult(rolloutResult(state), io, {
    ...options,
    elapsedMs: (state.finishedAt ?? now()) - (state.startedAt ?? now()),
    cause: state.cause,
  });
  return { exitCode: rolloutExitCode(state), rollBack: rollBack ? plan.id : undefined };
}

/** A record that cannot be written is not worth losing the result for: what was done stands on the sites. */
async function finishRecord(keeper: RecordKeeper, io: Io): Promise<void> {
  try {
    await keeper.finish();
  } catch (error) {
    // It is the record of whoever took the Lease over: the result says that somebody did.
    if (error instanceof LeaseLostError) return;
    if (!(error instanceof UnreachableError) && !(error instanceof ApiError)) throw error;
    io.stderr.write(
      `warning: the rollout's record could not be written (${error.message}); the sites carry what was done, and the same command goes on with it\n`,
    );
  }
}

async function prepareRollout(
  request: RolloutRequest,
  options: RunOptions,
  resumedId: string | undefined,
): Promise<PreparedRollout> {
  const { client, io } = options;
  const { namespace, selector, names } = request.selection;
  const selection = { namespace, selector, names };
  const withFingerprint = request.change.kind === "rollback";
  const listed = await listSites(client, selection, { withFingerprint, signal: io.signal });
  const id =
    resumedId ?? createRolloutId(request.change.kind, listed.date ?? new Date(io.now()), randomSuffix());
  const sites = applySelection(listed.sites, request, id);
  if (sites.length === 0) {
    throw new CommandError(
      "every selected site is excluded by --exclude or --from-version; see kubectl subscribie sites",
    );
  }
  const replicaSets = await listReplicaSets(client, sites, replicaSetPurpose(request), io.signal);
  const plan = planRequest(request, sites, replicaSets, id);
  const siteOf = new Map(sites.map((site) => [siteKey(site), site]));
  const restartedAt = new Date((listed.date ?? new Date(io.now())).getTime()).toISOString();
  return {
    plan,
    listed: { ...listed, sites },
    collection: siteCollection(selection),
    patchOf(planned) {
      const site = siteOf.get(siteKey(planned));
      if (site === undefined) throw new RangeError(`${siteKey(planned)} is not in the plan`);
      const contents = { site, restartedAt, template: templateOf(planned, site) };
      return {
        namespace: planned.namespace,
        name: planned.name,
        operations: sitePatch(plan, planned, contents),
        isApplied: (observed) => carriesRollout(observed.annotations, plan),
      };
    },
  };

  function templateOf(planned: PlannedSite, site: ObservedSite): string | undefined {
    if (planned.change?.kind !== "template") return undefined;
    const { replicaSet } = planned.change;
    return replicaSets.ofSite(site).find(({ name }) => name === replicaSet)?.template;
  }
}

async function showPlan(request: RolloutRequest, options: RunOptions): Promise<number> {
  const prepared = await prepareRollout(request, options, undefined);
  const state = createRolloutState(prepared.plan, 0);
  const refused =
    options.dryRun === "server"
      ? await tryPlan(prepared, options.client, options.io.signal)
      : new Map<string, string>();
  const result = rolloutResult(state);
  const sites = result.sites.map((site): SiteResult => {
    const reason = refused.get(siteKey(site));
    return reason === undefined ? site : { ...site, outcome: "failed", reason };
  });
  const counts = { ...result.counts, failed: refused.size, pending: result.counts.pending - refused.size };
  if (options.diff) writeDiff(prepared, options.io);
  printPlan({ ...result, counts, sites }, options.io, options.output, `${options.dryRun} dry run`);
  return refused.size > 0 ? exitCodes.failed : exitCodes.done;
}

async function agree(state: RolloutState, options: RunOptions): Promise<boolean> {
  printPlan(
    rolloutResult(state),
    { ...options.io, stdout: options.io.stderr },
    undefined,
    "nothing is changed yet",
  );
  return await confirm("Go on?", options.io);
}

async function earlierFailures(resumed: StoredRollout | undefined): Promise<ReadonlyMap<string, string>> {
  const results = (await resumed?.results()) ?? [];
  return new Map(
    results.filter((site) => site.outcome === "failed").map((site) => [siteKey(site), site.reason]),
  );
}

async function takeLease({ client, io, recordNamespace, quiet }: RunOptions): Promise<LeaseHold> {
  try {
    return await acquireLease(client, {
      ...rolloutLease(recordNamespace),
      signal: io.signal,
      onWait(holder) {
        if (!quiet)
          io.stderr.write(`${holder} holds the rollout Lease; seeing whether it is still at work\n`);
      },
    });
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw error;
    throw new CommandError(
      `another rollout is under way: ${error.holder} holds the rollout Lease of namespace ${recordNamespace} since ${error.since}; watch it with kubectl subscribie status -w, or stop it with kubectl subscribie pause`,
      { cause: error },
    );
  }
}

function rollbackOf(request: RolloutRequest, id: string): RolloutRequest {
  const { siteTimeoutMs } = request.strategy;
  return {
    ...request,
    change: { kind: "rollback", request: { kind: "rollout", id }, includeChanged: false },
    // All of its sites, also those that were selected by a version that they no longer run.
    selection: { ...request.selection, fromVersion: undefined },
    strategy: { ...defaultStrategy.rollback, siteTimeoutMs },
  };
}

function randomSuffix(): string {
  // 20 bits: two rollouts of one second in one namespace would need two Leases anyway.
  return randomBytes(3).readUIntBE(0, 3).toString(36).padStart(5, "0").slice(-4);
}
