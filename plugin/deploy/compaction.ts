import { QueueError } from "../queue/queue-error.ts";
import type { SiteQueue } from "../queue/site-queue.ts";

/** Has CouchDB forget old revisions, which keep the secrets that were removed: soon, but not for each of them. */
export interface Compaction {
  /** Secrets have been removed from a document. */
  readonly request: () => void;
  /** Compacts at once what was requested, and ends. */
  readonly finish: () => Promise<void>;
}

const compactAfterMs = 60_000;

/** @param onRefused told when the user of the queue may not compact it */
export function createCompaction(queue: SiteQueue, onRefused: (error: QueueError) => void): Compaction {
  let timer: NodeJS.Timeout | undefined;

  async function compact(): Promise<void> {
    timer = undefined;
    try {
      await queue.compact();
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      onRefused(error);
    }
  }

  return {
    request() {
      // A failure is tried again with the next request, or at the end, where it is thrown.
      timer ??= setTimeout(() => void compact().catch(() => undefined), compactAfterMs).unref();
    },
    async finish() {
      if (timer === undefined) return;
      clearTimeout(timer);
      await compact();
    },
  };
}
