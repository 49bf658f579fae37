import { setTimeout as delay } from "node:timers/promises";

export interface PollOptions<T> {
  /** Reads the value; what it throws leaves the last good one in force. */
  readonly read: () => Promise<T>;
  /** Whether two values are the same. */
  readonly isSame: (left: T, right: T) => boolean;
  readonly onChange: (value: T) => void;
  /** Told once for each failure that differs from the one before. */
  readonly onFailure: (error: unknown) => void;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a value again and again, since Kubernetes exchanges mounted files by links, which file watching misses on
 * some systems. Ends when the signal aborts.
 */
export async function pollValue<T>(initial: T, options: PollOptions<T>): Promise<void> {
  let current = initial;
  let lastFailure: string | undefined;
  while (!options.signal.aborted) {
    try {
      await delay(options.intervalMs, undefined, { signal: options.signal, ref: false });
    } catch {
      return;
    }
    try {
      const value = await options.read();
      lastFailure = undefined;
      if (options.isSame(value, current)) continue;
      current = value;
      options.onChange(value);
    } catch (error) {
      const failure = String(error);
      if (failure !== lastFailure) options.onFailure(error);
      lastFailure = failure;
    }
  }
}
