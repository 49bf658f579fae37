import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { printable } from "../text/printable.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiError, UnreachableError } from "./api-error.ts";
import { resourcePath } from "./resource-path.ts";

/** A Lease of which somebody wants to know whether it is held. */
interface WatchedLease {
  readonly namespace: string;
  readonly name: string;
  /** Of a Lease that does not say how long it lasts. */
  readonly durationSeconds: number;
  readonly signal: AbortSignal;
  /** Told once if somebody holds the Lease and we watch whether they renew it. */
  readonly onWait?: (holder: string) => void;
}

export interface LeaseOptions extends WatchedLease {
  /** Who we are, for whoever finds the Lease held: `ann@laptop`, with something random behind it. */
  readonly holder: string;
}

/** Somebody else holds the Lease and renews it. */
export class LeaseHeldError extends Error {
  override readonly name = "LeaseHeldError";
  readonly holder: string;
  /** By the holder's clock, as it stands in the Lease. */
  readonly since: string;

  constructor(holder: string, since: string) {
    super(`held by ${holder} since ${since}`);
    this.holder = holder;
    this.since = since;
  }
}

/** Somebody took our Lease over while we could not renew it: we were suspended, or cut off for too long. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

export interface LeaseHold {
  /** Resolves if the Lease is ours at this moment, renewing it first where that is not certain. Throws LeaseLostError
   * once it is not; throws UnreachableError or ApiError while it cannot be known. */
  readonly confirm: () => Promise<void>;
  /** Aborted, with a LeaseLostError, when the Lease is somebody else's. */
  readonly lost: AbortSignal;
  /** Stops renewing and lets go, so that the next one need not wait. Where the API server is away, the Lease expires. */
  readonly release: () => Promise<void>;
}

const leaseSchema = z.object({
  // All of it: a renewal must not take away the labels by which somebody else, such as Helm, knows the Lease.
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .default({}),
});

const longestDurationSeconds = 60;

type Lease = z.infer<typeof leaseSchema>;

/**
 * Takes a Lease, or throws LeaseHeldError. Clocks differ between machines, so a Lease has expired only when this
 * process saw it unchanged for its whole duration; renewTime is never compared with our own clock.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/leases/
 */
export async function acquireLease(client: ApiClient, options: LeaseOptions): Promise<LeaseHold> {
  const found = await readLease(client, options);
  if (found !== undefined && isFree(found))
    return hold(client, options, await takeOver(client, options, found));
  if (found === undefined) {
    const created = await createLease(client, options);
    if (created !== undefined) return hold(client, options, created);
  }
  return hold(client, options, await waitForExpiry(client, options));
}

/**
 * Watches a Lease that we do not want until nobody holds it: released, gone, or unchanged for its duration. Throws
 * LeaseHeldError when it is renewed.
 */
export async function expectLeaseFree(client: ApiClient, options: WatchedLease): Promise<void> {
  await waitUntilFree(client, options);
}

/** Takes a Lease that is held as soon as nobody renews it. */
async function waitForExpiry(client: ApiClient, options: LeaseOptions): Promise<Lease> {
  for (;;) {
    const free = await waitUntilFree(client, options);
    if (free !== undefined) return await takeOver(client, options, free);
    const created = await createLease(client, options);
    if (created !== undefined) return created;
  }
}

/** Watches a Lease: renewed means held, unchanged for its duration means free. Undefined for one that is not there. */
async function waitUntilFree(client: ApiClient, options: WatchedLease): Promise<Lease | undefined> {
  let seen = await readLease(client, options);
  if (seen !== undefined && !isFree(seen)) options.onWait?.(holderOf(seen));
  let unchangedSince = performance.now();
  for (;;) {
    if (seen === undefined || isFree(seen)) return seen;
    if (performance.now() - unchangedSince >= durationMs(seen, options)) return seen;
    await delay(250, undefined, { signal: options.signal });
    const now = await readLease(client, options);
    if (now?.metadata.resourceVersion !== seen.metadata.resourceVersion) {
      if (now !== undefined && !isFree(now)) throw heldBy(now);
      unchangedSince = performance.now();
    }
    seen = now;
  }
}

function hold(client: ApiClient, options: LeaseOptions, acquired: Lease): LeaseHold {
  const durationMilliseconds = options.durationSeconds * 1000;
  const lost = new AbortController();
  let lease = acquired;
  let renewedAt = now();
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    lost.signal.throwIfAborted();
    try {
      lease = await writeLease(client, options, lease, { acquired: false });
      renewedAt = now();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) throw error;
      const current = await readLease(client, options);
      if (current?.spec.holderIdentity === options.holder) {
        // Our own renewal, whose answer was lost on the way.
        lease = current;
        renewedAt = now();
        return;
      }
      const taker = current === undefined ? "somebody who deleted it" : holderOf(current);
      lost.abort(
        new LeaseLostError(`the Lease ${options.namespace}/${options.name} was taken over by ${taker}`),
      );
      lost.signal.throwIfAborted();
    }
  }

  async function renewOnce(): Promise<void> {
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    await renewing;
  }

  const timer = setInterval(() => {
    // What cannot be renewed now is renewed by the next tick or by confirm(), a refusal too: an API server that has
    // just started refuses for a moment what it allowed before. A loss is told through `lost`.
    renewOnce().catch(() => {
      if (lost.signal.aborted) clearInterval(timer);
    });
  }, durationMilliseconds / 3);
  timer.unref();

  return {
    lost: lost.signal,
    async confirm() {
      lost.signal.throwIfAborted();
      if (now() - renewedAt >= durationMilliseconds / 2) await renewOnce();
    },
    async release() {
      clearInterval(timer);
      await renewing?.catch(() => undefined);
      if (lost.signal.aborted) return;
      await writeLease(client, options, lease, { release: true }).catch(ignoreIfOfTheCluster);
    },
  };
}

/** Wall clock, since a monotonic one stands still while the machine sleeps on some systems. */
function now(): number {
  return Date.now();
}

/** A Lease that cannot be released expires: no reason to fail what was done under it, or to hide why that failed. */
function ignoreIfOfTheCluster(error: unknown): void {
  if (!(error instanceof UnreachableError) && !(error instanceof ApiError)) throw error;
}

function isFree(lease: Lease): boolean {
  return (lease.spec.holderIdentity ?? "") === "";
}

function holderOf(lease: Lease): string {
  return printable(lease.spec.holderIdentity ?? "nobody", 100);
}

function heldBy(lease: Lease): LeaseHeldError {
  return new LeaseHeldError(holderOf(lease), printable(lease.spec.acquireTime ?? "an unknown time", 40));
}

/** Bounded, since whoever may write the Lease may write that it lasts for years. Zero is refused by the API server. */
function durationMs(lease: Lease, options: WatchedLease): number {
  const seconds = lease.spec.leaseDurationSeconds ?? options.durationSeconds;
  return Math.min(seconds, longestDurationSeconds) * 1000;
}

function leasePath(options: Pick<LeaseOptions, "namespace" | "name">, named: boolean): string {
  return resourcePath({
    apiVersion: "coordination.k8s.io/v1",
    resource: "leases",
    namespace: options.namespace,
    name: named ? options.name : undefined,
  });
}

async function readLease(client: ApiClient, options: WatchedLease): Promise<Lease | undefined> {
  try {
    const { body } = await client.request({
      method: "GET",
      path: leasePath(options, true),
      signal: options.signal,
    });
    return leaseSchema.parse(body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Undefined if somebody else was quicker. */
async function createLease(client: ApiClient, options: LeaseOptions): Promise<Lease | undefined> {
  const time = microTime();
  try {
    const { body } = await client.request({
      method: "POST",
      path: leasePath(options, false),
      body: {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: options.name, namespace: options.namespace },
        spec: {
          holderIdentity: options.holder,
          leaseDurationSeconds: options.durationSeconds,
          acquireTime: time,
          renewTime: time,
          leaseTransitions: 0,
        },
      },
      signal: options.signal,
    });
    return leaseSchema.parse(body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return undefined;
    throw error;
  }
}

async function takeOver(client: ApiClient, options: LeaseOptions, lease: Lease): Promise<Lease> {
  try {
    return await writeLease(client, options, lease, { acquired: true });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const current = await readLease(client, options);
    throw current === undefined ? error : heldBy(current);
  }
}

/** Compare-and-swap: the PUT carries the resourceVersion that was read, so of two writers one gets a 409. */
async function writeLease(
  client: ApiClient,
  options: LeaseOptions,
  lease: Lease,
  change: { readonly acquired?: boolean; readonly release?: boolean },
): Promise<Lease> {
  const time = microTime();
  const acquired = change.acquired === true;
  const { body } = await client.request({
    method: "PUT",
    path: leasePath(options, true),
    timeoutSeconds: options.durationSeconds,
    // Letting go is not worth waiting for.
    repeat: change.release !== true,
    body: {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: lease.metadata,
      spec: {
        holderIdentity: change.release === true ? "" : options.holder,
        leaseDurationSeconds: options.durationSeconds,
        acquireTime: acquired ? time : lease.spec.acquireTime,
        renewTime: time,
        leaseTransitions: (lease.spec.leaseTransitions ?? 0) + (acquired ? 1 : 0),
      },
    },
  });
  return leaseSchema.parse(body);
}

/** MicroTime of the API: RFC 3339 with six digits of fraction. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
