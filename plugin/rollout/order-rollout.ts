import { setTimeout as delay } from "node:timers/promises";
import { acquireLease, LeaseHeldError } from "../../shared/cluster/lease.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { FlagValues } from "../command.ts";
import type { orderFlags } from "../commands/pause.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { rolloutLease } from "./rollout-lease.ts";
import { createRolloutStore, type RolloutOrder, type RolloutStore } from "./rollout-store.ts";
import { findUnfinished, followUpFlags, recordNamespaceOf } from "./record-scope.ts";

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
    if (record.phase === "Paused" || (await isUndriven(client, store.namespace, io))) {
      await mark(store, record, order, io);
    } else {
      await store.order(record.id, order);
      if (!(await isObeyed(store, record.id, io))) {
        io.stderr.write(
          `rollout ${record.id} will ${order} when its sites in flight are done; watch it with kubectl subscribie status ${record.id} -w${followUpFlags(flags)}\n`,
        );
        return exitCodes.done;
      }
    }
    io.stdout.write(`rollout ${record.id} ${phaseAfter[order].toLowerCase()}\n`);
    return exitCodes.done;
  } finally {
    client.close();
  }
}

function checkPhase(record: RolloutRecord, order: RolloutOrder): void {
  const isUnfinished = record.phase === "Progressing" || (record.phase === "Paused" && order === "abort");
  if (isUnfinished) return;
  throw new CommandError(`rollout ${record.id} is ${record.phase}; there is nothing to ${order}`);
}

/** Whether the Lease is free, or was not renewed for its duration: then it is ours for a moment. */
async function isUndriven(
  client: Parameters<typeof acquireLease>[0],
  namespace: string,
  io: Io,
): Promise<boolean> {
  try {
    const lease = await acquireLease(client, { ...rolloutLease(namespace), signal: io.signal });
    await lease.release();
    return true;
  } catch (error) {
    if (error instanceof LeaseHeldError) return false;
    throw error;
  }
}

async function mark(store: RolloutStore, record: RolloutRecord, order: RolloutOrder, io: Io): Promise<void> {
  const time = new Date(io.now()).toISOString();
  await store.save({ ...record, phase: phaseAfter[order], cause: order, updatedAt: time, finishedAt: time });
}

async function isObeyed(store: RolloutStore, id: string, io: Io): Promise<boolean> {
  const ended = new AbortController();
  const waited = delay(longestWaitMs, undefined, { signal: AbortSignal.any([ended.signal, io.signal]) }).then(
    () => ended.abort(),
    () => ended.abort(),
  );
  try {
    for await (const record of store.follow(id, ended.signal)) {
      if (record.phase !== "Progressing") return true;
    }
    io.signal.throwIfAborted();
    return false;
  } finally {
    ended.abort();
    await waited;
  }
}
