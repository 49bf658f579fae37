import { setTimeout as delay } from "node:timers/promises";
import type { SiteQueue } from "../queue/site-queue.ts";
import type { QueueDeployer } from "./queue-deployer.ts";

export interface DeployWatchOptions {
  readonly queue: SiteQueue;
  readonly deployer: QueueDeployer;
  readonly now: () => number;
  /** Ends the watch; what is in flight is given back to the queue. */
  readonly signal: AbortSignal;
  /** Told of each look through the queue that succeeded, whether it found something or not. */
  readonly onSwept: () => void;
  /** Told when the changes feed breaks off; it mends itself. */
  readonly onInterruption: (error: unknown) => void;
}

const readAtATime = 50;
/** What no change tells of: claims that expire, failures whose pause is over. */
const sweepEveryMs = 5_000;

/**
 * Deploys what is queued, as it comes, until the signal. The changes feed makes it quick; that nothing is forgotten
 * comes from looking through the queue now and then.
 */
export async function runDeployWatch(options: DeployWatchOptions): Promise<void> {
  const { queue, deployer, now, signal } = options;
  const announced = new Set<string>();
  let needsSweep = true;
  let wake = Promise.withResolvers<void>();
  let feedError: Error | undefined;

  function wakeUp(): void {
    wake.resolve();
    wake = Promise.withResolvers();
  }

  async function follow(position: string | number): Promise<void> {
    try {
      for await (const id of queue.queuedIds(position, options.onInterruption)) {
        announced.add(id);
        wakeUp();
      }
    } catch (error) {
      feedError = error instanceof Error ? error : new Error(String(error));
      wakeUp();
    }
  }

  async function sweepNowAndThen(): Promise<void> {
    while (!signal.aborted) {
      await delay(sweepEveryMs, undefined, { signal }).catch(() => undefined);
      needsSweep = true;
      wakeUp();
    }
  }

  /** The next ids to look at: what the feed announced, else what a sweep finds. */
  async function nextIds(): Promise<readonly string[]> {
    if (announced.size > 0) {
      const ids = [...announced].slice(0, readAtATime);
      for (const id of ids) announced.delete(id);
      return ids;
    }
    if (!needsSweep) return [];
    needsSweep = false;
    const due = await queue.dueIds(now(), { ignoreBackoff: false, limit: 4 * readAtATime });
    options.onSwept();
    const ids = due.filter((id) => !deployer.isInFlight(id));
    // There may be more behind these.
    if (ids.length > readAtATime) needsSweep = true;
    return ids.slice(0, readAtATime);
  }

  const background = [follow(await queue.position()), sweepNowAndThen()];
  try {
    while (!signal.aborted) {
      if (feedError !== undefined) throw feedError;
      const woken = wake.promise;
      const ids = await nextIds();
      if (ids.length === 0) {
        // The sweeps end with the signal, and wake this up.
        await woken;
        continue;
      }
      while (deployer.room() < ids.length && !signal.aborted) await deployer.progress();
      if (!signal.aborted) await deployer.takeUp(ids, false);
    }
  } finally {
    await deployer.finished();
  }
  await Promise.all(background);
}
