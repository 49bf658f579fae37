import { setTimeout as delay } from "node:timers/promises";

export interface RetryOptions {
  /** Whether waiting may help: no answer, or one that says to come back later. */
  readonly isTemporary: (error: unknown) => boolean;
  /** From the first failure on; the last error is thrown when it is over. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Told of each failure that will be tried again. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Tries again, with growing pauses, what failed for a reason that passes by itself. The first try counts from zero. */
export async function retry<T>(attempt: (tries: number) => Promise<T>, options: RetryOptions): Promise<T> {
  let pauseMs = firstPauseMs;
  let waitedMs = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(tries);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!options.isTemporary(error) || waitedMs >= options.patienceMs) throw error;
      options.onRetry?.(error);
      await delay(pauseMs, undefined, { signal: options.signal });
      waitedMs += pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}
