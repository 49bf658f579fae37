import { setTimeout as delay } from "node:timers/promises";
import type { SiteQueue } from "../queue/site-queue.ts";
import type { QueueDeployer } from "./queue-deployer.ts";

export interface DeployWatchOptions {
  readonly queue: SiteQueue;
  readonly deployer: QueueDeployer;
  readonly now: () => number;
  /** Ends the watch; what is in flight is given back to the queue. */
  readonly signal: AbortSignal;
  /** Told whenever the queue was read, whether there was something in it or not. */
  readonly onQueueRead: () => void;
  /** Told when the changes feed breaks off; it mends itself. */
  readonly onInterruption: (error: unknown) => void;
}

/** Documents that are listed at a time. */
const pageSize = 200;
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
      const ids = [...announced];
      announced.clear();
      return ids;
    }
    if (!needsSweep) return [];
    // What is set aside is listed again and again, and must not hide the rest.
    const limit = pageSize + deployer.setAsideCount();
    const due = await queue.dueIds(now(), { ignoreBackoff: false, limit });
    options.onQueueRead();
    // There may be more behind a full page.
    needsSweep = due.length >= limit;
    return due.filter((id) => !deployer.isInFlight(id) && !deployer.isSetAside(id));
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
      await deployer.takeUp(ids, false);
      options.onQueueRead();
    }
  } finally {
    await deployer.finished();
  }
  await Promise.all(background);
}
