import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import type { LeaseHold } from "../../shared/cluster/lease.ts";
import { siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { advance } from "../../shared/rollout/rollout-machine.ts";
import type { PlannedSite } from "../../shared/rollout/rollout-plan.ts";
import type {
  PatchFailure,
  RolloutEvent,
  RolloutIntent,
  RolloutNotice,
  RolloutState,
  StopRequest,
} from "../../shared/rollout/rollout-state.ts";
import { diagnoseSite } from "./diagnose-site.ts";
import type { SiteCollection } from "./list-sites.ts";
import { createSiteObserver } from "./observe-sites.ts";
import { longestUnreachableMs, patchSite, type SitePatch } from "./patch-site.ts";
import { createRequestPool, patchConcurrency } from "./request-pool.ts";

/** Told what happens, to show it or to write it down; none of it may throw or wait. */
export interface RolloutObserver {
  readonly onNotice: (notice: RolloutNotice) => void;
  /** The connection to the API server was lost (an error) or is back (undefined). */
  readonly onInterruption: (error: Error | undefined) => void;
  /** A Warning header of an answer to a PATCH. */
  readonly onWarning: (site: PlannedSite, warning: string) => void;
}

export interface RolloutDrive {
  readonly client: ApiClient;
  readonly state: RolloutState;
  readonly collection: SiteCollection;
  /** The list that the plan was made from: the watch goes on where it ended. */
  readonly listed: { readonly sites: readonly ObservedSite[]; readonly resourceVersion: string };
  readonly patchOf: (site: PlannedSite) => SitePatch;
  readonly lease: LeaseHold;
  readonly observer: RolloutObserver;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** The first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Pause or abort, asked for from another machine. */
  readonly stopRequests: AsyncIterable<StopRequest>;
}

export interface DriveResult {
  /** The machine asks for a rollback of this rollout (`--on-failure rollback`). */
  readonly rollBack: boolean;
  /** What no waiting mends, and what the rollout was therefore stopped for: a watch that is refused, say. */
  readonly failure: Error | undefined;
}

/** After a stop that does not wait for sites, answers to PATCHes that are under way get this long. */
const lastAnswersMs = 10_000;

const leaseRetryMs = 500;

/** So often it is noted that we are awake; after a gap of this length we were not: stopped, or on a closed laptop. */
const heartbeatMs = 1_000;
const asleepMs = 5_000;

/** No timer of Node.js is longer. */
const longestTimerMs = 2_147_483_647;

/**
 * Carries out a rollout: feeds the state machine with what the cluster shows and does what it says, until it has
 * finished. All decisions are the machine's; here are one watch, a pool of PATCHes and a timer.
 */
export async function driveRollout(drive: RolloutDrive): Promise<DriveResult> {
  const { client, state, observer } = drive;
  const ended = new AbortController();
  const patching = new AbortController();
  const pool = createRequestPool(patchConcurrency);
  const finished = Promise.withResolvers<DriveResult>();
  let timer: NodeJS.Timeout | undefined;
  let lastAnswers: NodeJS.Timeout | undefined;
  let awakeAt = drive.now();
  const heartbeat = setInterval(noticeSleep, heartbeatMs);
  let rollBack = false;
  let failure: Error | undefined;

  function tell(event: RolloutEvent): void {
    if (ended.signal.aborted) return;
    noticeSleep();
    take(event);
  }

  function take(event: RolloutEvent): void {
    for (const intent of advance(state, event, drive.now())) carryOut(intent);
    if (state.stop?.drain === false) {
      lastAnswers ??= setTimeout(() => patching.abort(), lastAnswersMs);
    }
  }

  function carryOut(intent: RolloutIntent): void {
    switch (intent.type) {
      case "patch":
        return pool.add(async () => await patch(intent.site));
      case "diagnose":
        return void diagnose(intent.site);
      case "look":
        return void lookThen({ type: "looked" });
      case "wakeAt":
        clearTimeout(timer);
        timer = setTimeout(
          () => tell({ type: "tick" }),
          Math.min(Math.max(0, intent.at - drive.now()), longestTimerMs),
        );
        return undefined;
      case "notice":
        return observer.onNotice(intent.notice);
      case "startRollback":
        rollBack = true;
        return undefined;
      case "finished":
        return finished.resolve({ rollBack, failure });
    }
  }

  async function patch(site: PlannedSite): Promise<void> {
    const key = siteKey(site);
    const fail = (failure: PatchFailure, reason: string) =>
      tell({ type: "patchFailed", site: key, failure, reason });
    try {
      if (state.stop !== undefined) return fail("not-sent", "the rollout was stopped");
      const confirm = () => confirmLease(drive.lease, patching.signal);
      const outcome = await patchSite(client, drive.patchOf(site), confirm, patching.signal);
      switch (outcome.type) {
        case "patched":
          for (const warning of outcome.warnings) observer.onWarning(site, warning);
          return tell({ type: "patched", site: key, observed: outcome.site });
        case "gone":
          return fail("gone", "it was deleted");
        case "conflict":
        case "refused":
        case "forbidden":
        case "unreachable":
          return fail(outcome.type, outcome.reason);
      }
    } catch (error) {
      fail("unreachable", patching.signal.aborted ? "no answer before the end" : messageOf(error));
      if (!isOfTheCluster(error) && !patching.signal.aborted && !drive.lease.lost.aborted) stopFor(error);
    }
  }

  async function diagnose(site: PlannedSite): Promise<void> {
    const reason = await diagnoseSite(client, site, state.plan.container, ended.signal).catch(
      // The pods only explain a verdict that the Deployment itself gives: without them it is said in its words.
      () => undefined,
    );
    tell({ type: "diagnosed", site: siteKey(site), reason });
  }

  /**
   * Who was suspended has seen nothing meanwhile, and all deadlines have passed: what the watch still has to tell
   * may come after that. So the sites are looked at before anything is said of them.
   */
  function noticeSleep(): void {
    const now = drive.now();
    const asleep = now - awakeAt >= asleepMs;
    awakeAt = now;
    if (!asleep) return;
    take({ type: "sightLost" });
    void lookThen({ type: "sightRegained" });
  }

  async function lookThen(event: RolloutEvent): Promise<void> {
    await sites.lookAround().then(() => tell(event), stopFor);
  }

  function stop(cause: StopRequest): void {
    tell({ type: "stopRequested", cause });
  }

  /** Whatever ends the watch ends the rollout in good order: what is recorded is true, and the error is told after. */
  function stopFor(error: unknown): void {
    if (ended.signal.aborted) return;
    failure ??= error instanceof Error ? error : new Error(String(error));
    stop("unreachable");
  }

  async function followStopRequests(): Promise<void> {
    for await (const request of drive.stopRequests) stop(request);
  }

  const sites = createSiteObserver({
    client,
    state,
    collection: drive.collection,
    resourceVersion: drive.listed.resourceVersion,
    tell,
    onInterruption: observer.onInterruption,
    signal: ended.signal,
  });
  const onInterrupt = () => stop("interrupt");
  const onLeaseLost = () => stop("lease-lost");
  drive.signal.addEventListener("abort", onInterrupt);
  drive.lease.lost.addEventListener("abort", onLeaseLost);
  try {
    for (const observed of drive.listed.sites) tell({ type: "observed", observed });
    tell({ type: "started" });
    if (drive.signal.aborted) onInterrupt();
    if (drive.lease.lost.aborted) onLeaseLost();
    sites.watch().catch(stopFor);
    followStopRequests().catch(stopFor);
    return await finished.promise;
  } finally {
    clearInterval(heartbeat);
    clearTimeout(timer);
    clearTimeout(lastAnswers);
    ended.abort();
    patching.abort();
    pool.clear();
    drive.signal.removeEventListener("abort", onInterrupt);
    drive.lease.lost.removeEventListener("abort", onLeaseLost);
  }
}

/** Waits while the API server is away: nobody can take the Lease over from us meanwhile. */
async function confirmLease(lease: LeaseHold, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  for (;;) {
    try {
      return await lease.confirm();
    } catch (error) {
      const mayMend = isOfTheCluster(error) && performance.now() - started < longestUnreachableMs;
      if (!mayMend) throw error;
      await delay(leaseRetryMs, undefined, { signal });
    }
  }
}

function isOfTheCluster(error: unknown): boolean {
  return error instanceof UnreachableError || error instanceof ApiError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
