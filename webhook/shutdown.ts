import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

interface ShutdownOptions {
  /** How long requests still come after readiness was withdrawn: until every API server knows. */
  readonly delayMs: number;
  /** When it has to be over, whatever is still open. */
  readonly gracePeriodMs: number;
}

/** How often idle connections are looked for while the last requests end. */
const sweepMs = 50;

/**
 * Ends a server without failing a request. Meanwhile every answer has to say `Connection: close`: Node goes on serving
 * kept-alive connections after `close()`, and its callback waits for them.
 */
export async function drain(server: Server, { delayMs, gracePeriodMs }: ShutdownOptions): Promise<void> {
  const started = performance.now();
  await delay(Math.min(delayMs, gracePeriodMs));
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const remaining = Math.max(0, gracePeriodMs - (performance.now() - started));
  const timeout = new AbortController();
  try {
    await Promise.race([closed, delay(remaining, undefined, { signal: timeout.signal })]);
  } finally {
    clearInterval(sweep);
    timeout.abort();
    server.closeAllConnections();
  }
}
