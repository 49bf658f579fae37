/** Runs tasks with at most `limit` at a time, in the order in which they were added. */
export interface RequestPool {
  readonly add: (task: () => Promise<void>) => void;
  /** Forgets what has not been started. */
  readonly clear: () => void;
}

/**
 * On two busy cores, twice as many PATCHes at a time as an ordinary user's share of the API server's seats (API
 * priority and fairness, global-default: about 40) are through in three quarters of the time; the rest of them wait in
 * that user's own queues, which hold some hundreds, and in nobody else's.
 */
export const patchConcurrency = 80;

export function createRequestPool(limit: number): RequestPool {
  const waiting: (() => Promise<void>)[] = [];
  let next = 0;
  let running = 0;

  function startMore(): void {
    while (running < limit && next < waiting.length) {
      const task = waiting[next];
      next += 1;
      if (next === waiting.length) {
        waiting.length = 0;
        next = 0;
      }
      if (task === undefined) return;
      running += 1;
      void task().finally(() => {
        running -= 1;
        startMore();
      });
    }
  }

  return {
    add(task) {
      waiting.push(task);
      startMore();
    },
    clear() {
      waiting.length = 0;
      next = 0;
    },
  };
}
