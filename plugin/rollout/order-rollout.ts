import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { acquireLease, LeaseHeldError, type LeaseHold } from "../../shared/cluster/lease.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { FlagValues } from "../command.ts";
import type { orderFlags } from "../commands/pause.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { newestDriven } from "./driven-rollout.ts";
import { findUnfinished, followUpFlags, recordNamespaceOf } from "./record-scope.ts";
import { recordUnderLease } from "./record-under-lease.ts";
import { rolloutLease } from "./rollout-lease.ts";
import { createRolloutStore, type RolloutOrder, type RolloutStore } from "./rollout-store.ts";

type OrderFlags = FlagValues<typeof orderFlags>;

/** So long a pause or abort is waited for; what is in flight may take longer to finish. */
const longestWaitMs = 60_000;

const phaseAfter = { pause: "Paused", abort: "Aborted" } as const;

/**
 * `kubectl subscribie pause|abort [ROLLOUT]`: tells whoever drives the rollout, on whatever machine; one that nobody
 * drives is marked at once.
 */
export async function orderRollout(
  order: RolloutOrder,
  flags: OrderFlags,
  [id]: readonly string[],
  io: Io,
): Promise<number> {
  const client = connect(flags, io);
  try {
    const store = createRolloutStore(client, recordNamespaceOf(flags, client), io.signal);
    const { record } = id === undefined ? await findUnfinished(store, io) : await store.read(id);
    checkPhase(record, order);
    const lease = await takeLease(client, store.namespace, io);
    if (!(lease instanceof LeaseHeldError)) await markUnderLease(store, lease, record.id, order, io);
    else if (!(await askDriver(store, lease, record.id, order, io))) {
      io.stderr.write(
        `rollout ${record.id} was asked to ${order}, and has not yet: its sites in flight run to their end first; watch it with kubectl subscribie status ${record.id} -w${followUpFlags(flags)}\n`,
      );
      return exitCodes.done;
    }
    io.stdout.write(`rollout ${record.id} ${phaseAfter[order].toLowerCase()}\n`);
    return exitCodes.done;
  } finally {
    client.close();
  }
}

function checkPhase(record: RolloutRecord, order: RolloutOrder): void {
  const isOrderable = record.phase === "Progressing" || (record.phase === "Paused" && order === "abort");
  if (isOrderable) return;
  throw new CommandError(`rollout ${record.id} is ${record.phase}; there is nothing to ${order}`);
}

/** The Lease if it is free, or was not renewed for its duration; otherwise who holds it. */
async function takeLease(client: ApiClient, namespace: string, io: Io): Promise<LeaseHold | LeaseHeldError> {
  try {
    return await acquireLease(client, { ...rolloutLease(namespace), signal: io.signal });
  } catch (error) {
    if (error instanceof LeaseHeldError) return error;
    throw error;
  }
}

/** Whoever held the Lease until now may have written the record last: it is read again before it is changed. */
async function markUnderLease(
  store: RolloutStore,
  lease: LeaseHold,
  id: string,
  order: RolloutOrder,
  io: Io,
): Promise<void> {
  try {
    const { record } = await store.read(id);
    checkPhase(record, order);
    const time = new Date(io.now()).toISOString();
    const marked = { ...record, phase: phaseAfter[order], cause: order, updatedAt: time, finishedAt: time };
    await recordUnderLease(store, lease).save(marked);
  } finally {
    await lease.release();
  }
}

/**
 * Leaves the order for whoever holds the Lease, if it is this rollout that they drive, and waits for a while: whether
 * it was obeyed by then. One who is only about to go on with the rollout takes an order as one of before, and away:
 * then it is given again.
 */
async function askDriver(
  store: RolloutStore,
  { holder, since }: LeaseHeldError,
  id: string,
  order: RolloutOrder,
  io: Io,
): Promise<boolean> {
  const driven = await newestDriven(store);
  if (driven !== id) {
    throw new CommandError(
      `nothing was changed: nobody drives rollout ${id}, and ${holder} holds the rollout Lease of namespace ${store.namespace} since ${since}${driven === undefined ? "" : ` for rollout ${driven}`}; try again when that has ended`,
    );
  }
  await store.order(id, order);
  const ended = new AbortController();
  const until = AbortSignal.any([ended.signal, io.signal]);
  const waited = delay(longestWaitMs, undefined, { signal: until }).then(
    () => ended.abort(),
    () => ended.abort(),
  );
  try {
    for await (const { record, order: left } of store.follow(id, ended.signal)) {
      if (record.phase === phaseAfter[order]) return true;
      if (record.phase !== "Progressing") {
        throw new CommandError(`rollout ${id} is ${record.phase}; the ${order} came too late`);
      }
      if (left === undefined) await store.order(id, order);
    }
    io.signal.throwIfAborted();
    return false;
  } finally {
    ended.abort();
    await waited;
  }
}
