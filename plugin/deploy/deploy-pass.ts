import { setTimeout as delay } from "node:timers/promises";
import type { SiteQueue } from "../queue/site-queue.ts";
import type { QueueDeployer } from "./queue-deployer.ts";

export interface DeployPassOptions {
  readonly queue: SiteQueue;
  readonly deployer: QueueDeployer;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Ids of the documents that failed in this pass, which are not tried again in it. */
  readonly failed: ReadonlySet<string>;
  /** Told when nothing is left but what other deployers have claimed. */
  readonly onWaiting: (claims: number) => void;
}

/** Documents that are listed at a time. */
const pageSize = 200;
const pollMs = 1_000;

/**
 * One pass over the queue: everything that is due is tried once, what failed before as well. Documents that another
 * deployer has claimed are waited for: either it finishes them, or its claims expire and they are taken over.
 */
export async function runDeployPass(options: DeployPassOptions): Promise<void> {
  const { queue, deployer, now, failed, signal } = options;
  for (;;) {
    signal.throwIfAborted();
    // What failed in this pass is listed again, and must not hide the rest.
    const due = await queue.dueIds(now(), { ignoreBackoff: true, limit: pageSize + failed.size });
    const untried = due.filter((id) => !failed.has(id) && !deployer.isInFlight(id));
    if (untried.length > 0) {
      const taken = await deployer.takeUp(untried, true);
      if (taken === 0) await delay(pollMs, undefined, { signal });
    } else if (deployer.inFlight() > 0) {
      // What comes meanwhile is looked for now and then, not with every site that gets ready.
      const nextLookAt = performance.now() + pollMs;
      while (deployer.inFlight() > 0 && performance.now() < nextLookAt) await deployer.progress();
    } else {
      await deployer.progress();
      const claims = (await queue.counts())["deploying"] ?? 0;
      if (claims === 0) return;
      options.onWaiting(claims);
      await delay(pollMs, undefined, { signal });
    }
  }
}
