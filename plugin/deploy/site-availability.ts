import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { listSchema } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import { deadlineExceededAt, deploymentStatus } from "../../shared/rollout/deployment-status.ts";
import { observeDeployment } from "../../shared/rollout/observed-site.ts";
import type { ObservedSite } from "../../shared/rollout/observed-site.ts";
import { siteContainer, siteSelector } from "../../shared/site/site-labels.ts";
import { CommandError } from "../errors.ts";
import { diagnoseSite } from "../rollout/diagnose-site.ts";

/** A site that did not become available. */
class SiteUnavailableError extends CommandError {}

/** Waits for sites, by one watch for all of them. */
export interface SiteAvailability {
  /** To be called before the site is applied: what happens from then on is not missed. */
  expect(siteName: string): Promise<ExpectedSite>;
  close(): void;
}

interface ExpectedSite {
  /**
   * Resolves once the site is available with what was applied.
   *
   * @param applied the raw Deployment, as the API server answered
   * @throws SiteUnavailableError with the pods' own reason
   */
  available(applied: unknown): Promise<void>;
  /** Ends the expectation, if `available` is not called. */
  forget(): void;
}

interface Waiter {
  readonly siteName: string;
  latest: ObservedSite | undefined;
  since: number;
  isJudged: ((site: ObservedSite | undefined) => void) | undefined;
  fail: ((error: Error) => void) | undefined;
  /** The last reason that the pods gave. */
  reason: string | undefined;
  terminalReasons: number;
}

export interface SiteAvailabilityOptions {
  readonly namespace: string;
  /** The longest wait for one site. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Sites that take longer than this are asked for the reason, one after the other. */
const diagnoseAfterMs = 8_000;
const diagnoseEveryMs = 4_000;

export function createSiteAvailability(
  client: ApiClient,
  options: SiteAvailabilityOptions,
): SiteAvailability {
  const { namespace, timeoutMs } = options;
  const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace });
  const waiters = new Map<string, Set<Waiter>>();
  const stop = new AbortController();
  const end = () => stop.abort(options.signal.reason);
  options.signal.addEventListener("abort", end, { once: true });
  let started: Promise<void> | undefined;
  let broken: Error | undefined;

  /** The watch begins at the present: sites that nobody waits for are never listed. */
  async function start(): Promise<void> {
    const { body } = await client.request({ method: "GET", path, query: { limit: 1 } });
    const { resourceVersion } = listSchema.parse(body).metadata;
    void follow(resourceVersion);
    void diagnose();
  }

  async function follow(resourceVersion: string): Promise<void> {
    try {
      const watch = watchObjects(client, path, observeDeployment, {
        labelSelector: siteSelector,
        resourceVersion,
        signal: stop.signal,
      });
      for await (const event of watch) {
        if (event.type === "listed") event.items.forEach(see);
        else if (event.type === "changed") see(event.object);
        else see({ ...event.object, deleting: true });
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      for (const waiter of allWaiters()) waiter.fail?.(broken);
    }
  }

  function* allWaiters(): Generator<Waiter> {
    for (const set of waiters.values()) yield* set;
  }

  function see(site: ObservedSite): void {
    for (const waiter of waiters.get(site.name) ?? []) {
      waiter.latest = site;
      waiter.isJudged?.(site);
    }
  }

  /** Sequential on purpose: with many stuck sites the reasons come later, and the API server is left alone. */
  async function diagnose(): Promise<void> {
    while (!stop.signal.aborted) {
      await delay(diagnoseEveryMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      for (const waiter of allWaiters()) {
        if (performance.now() - waiter.since < diagnoseAfterMs || stop.signal.aborted) continue;
        await diagnoseWaiter(waiter);
      }
    }
  }

  async function diagnoseWaiter(waiter: Waiter): Promise<void> {
    try {
      const site = { namespace, name: waiter.siteName };
      const reason = await diagnoseSite(client, site, siteContainer, stop.signal);
      waiter.reason = reason?.message;
      waiter.terminalReasons = reason?.isTerminal === true ? waiter.terminalReasons + 1 : 0;
      if (reason !== undefined && waiter.terminalReasons >= 2) fail(waiter, reason.message);
    } catch (error) {
      // The reason is a courtesy; what is waited for decides.
      if (error instanceof ApiError || error instanceof UnreachableError || stop.signal.aborted) return;
      waiter.fail?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function fail(waiter: Waiter, message: string): void {
    waiter.fail?.(
      new SiteUnavailableError(`the site ${waiter.siteName} does not become available: ${message}`),
    );
  }

  function add(siteName: string): Waiter {
    const waiter: Waiter = {
      siteName,
      latest: undefined,
      since: performance.now(),
      isJudged: undefined,
      fail: undefined,
      reason: undefined,
      terminalReasons: 0,
    };
    const set = waiters.get(siteName) ?? new Set();
    waiters.set(siteName, set.add(waiter));
    return waiter;
  }

  function remove(waiter: Waiter): void {
    const set = waiters.get(waiter.siteName);
    set?.delete(waiter);
    if (set?.size === 0) waiters.delete(waiter.siteName);
  }

  async function waitFor(waiter: Waiter, applied: unknown): Promise<void> {
    const first = observeDeployment(applied);
    const exceeded = deadlineExceededAt(first);
    const baseline = {
      generation: first.generation,
      ...(exceeded === undefined ? {} : { deadlineExceededBefore: exceeded }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiter.fail = reject;
    waiter.isJudged = (site) => {
      if (site === undefined) return;
      if (site.uid !== first.uid || site.deleting) return fail(waiter, "its Deployment was deleted");
      const status = deploymentStatus(site, baseline);
      if (status.kind === "done") resolve();
      if (status.kind === "failed") fail(waiter, waiter.reason ?? status.message);
      return undefined;
    };
    const timer = setTimeout(() => {
      fail(waiter, waiter.reason ?? `not within ${Math.round(timeoutMs / 1000)} s`);
    }, timeoutMs);
    const abort = () => reject(options.signal.reason);
    options.signal.addEventListener("abort", abort, { once: true });
    if (broken !== undefined) reject(broken);
    if (options.signal.aborted) abort();
    waiter.isJudged(waiter.latest ?? first);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", abort);
      remove(waiter);
    }
  }

  return {
    async expect(siteName) {
      started ??= start();
      try {
        await started;
      } catch (error) {
        started = undefined;
        throw error;
      }
      const waiter = add(siteName);
      return {
        available: async (applied) => await waitFor(waiter, applied),
        forget: () => remove(waiter),
      };
    },
    close() {
      options.signal.removeEventListener("abort", end);
      stop.abort();
    },
  };
}
