import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import { observeDeployment, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { PlannedSite } from "../../shared/rollout/rollout-plan.ts";
import type { RolloutEvent, RolloutState } from "../../shared/rollout/rollout-state.ts";
import type { SiteCollection } from "./list-sites.ts";
import { deploymentPath, longestUnreachableMs } from "./patch-site.ts";

/** What a running rollout sees of its sites. */
export interface SiteObserver {
  /** Follows the sites until the signal; rejects with what no waiting mends. */
  readonly watch: () => Promise<void>;
  /** Tells every site as it is now, and where the API server is away, as it is when it is back. Rejects as `watch`. */
  readonly lookAround: () => Promise<void>;
}

/** A site that the watch no longer shows is looked at again so often until it is through. */
const lookAgainMs = 2_000;

const listRetryMs = 1_000;

const observe = (raw: unknown) => observeDeployment(raw);

/** Observes the sites of a rollout with one watch, and tells its state machine what there is to be seen. */
export function createSiteObserver(options: {
  readonly client: ApiClient;
  readonly state: RolloutState;
  readonly collection: SiteCollection;
  /** Of the list that the plan was made from: the watch goes on there. */
  readonly resourceVersion: string;
  readonly tell: (event: RolloutEvent) => void;
  readonly onInterruption: (error: Error | undefined) => void;
  readonly signal: AbortSignal;
}): SiteObserver {
  const { client, state, tell, signal } = options;
  const { path, labelSelector, fieldSelector } = options.collection;

  async function watch(): Promise<void> {
    for await (const event of watchObjects(client, path, observe, {
      labelSelector,
      fieldSelector,
      resourceVersion: options.resourceVersion,
      signal,
      onInterruption(error) {
        options.onInterruption(error);
        tell({ type: error === undefined ? "sightRegained" : "sightLost" });
      },
    })) {
      if (event.type === "changed") tell({ type: "observed", observed: event.object });
      else if (event.type === "deleted") void lookAgain(siteKey(event.object));
      else tellList(event.items);
    }
  }

  async function lookAround(): Promise<void> {
    const started = performance.now();
    while (!signal.aborted) {
      try {
        const { items } = await listAll(client, path, observe, { labelSelector, fieldSelector, signal });
        return tellList(items);
      } catch (error) {
        if (signal.aborted) return;
        const mayMend = error instanceof UnreachableError || error instanceof ApiError;
        if (!mayMend || performance.now() - started > longestUnreachableMs) throw error;
        await delay(listRetryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  function tellList(sites: readonly ObservedSite[]): void {
    const present = new Set(sites.map(siteKey));
    for (const key of state.sites.keys()) if (!present.has(key)) void lookAgain(key);
    for (const observed of sites) tell({ type: "observed", observed });
  }

  /**
   * A watch with a selector says that an object is deleted when it only does not match any more, a label having been
   * changed: such a site is asked after by itself until it is through.
   */
  async function lookAgain(key: string): Promise<void> {
    const site = state.sites.get(key);
    if (site === undefined) return;
    const isThrough = () => site.step !== "pending" && site.step !== "patching" && site.step !== "waiting";
    while (!isThrough() && !signal.aborted) {
      const observed = await readSite(client, site.planned, signal);
      if (observed === "gone") return tell({ type: "deleted", site: key });
      if (observed !== undefined) tell({ type: "observed", observed });
      await delay(lookAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return { watch, lookAround };
}

/** A site as it is now; undefined when that cannot be known at the moment. */
async function readSite(
  client: ApiClient,
  site: PlannedSite,
  signal: AbortSignal,
): Promise<ObservedSite | "gone" | undefined> {
  try {
    const { body } = await client.request({ method: "GET", path: deploymentPath(site), signal });
    return observeDeployment(body);
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? "gone" : undefined;
  }
}
