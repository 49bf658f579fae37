/** Runs tasks with at most `limit` at a time, in the order in which they were added. */
export interface RequestPool {
  readonly add: (task: () => Promise<void>) => void;
  /** Forgets what has not been started. */
  readonly clear: () => void;
}

/**
 * At this many PATCHes at a time an API server is busy; more only wait in its own queues, and an ordinary user's share
 * of its seats (API priority and fairness, global-default) is about as many.
 */
export const patchConcurrency = 40;

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
