import { Server as NetServer } from "node:net";
import type { Server } from "node:https";
import { setTimeout as delay } from "node:timers/promises";

interface ShutdownOptions {
  /** How long requests still come after readiness was withdrawn: until every API server knows. */
  readonly delayMs: number;
  /** When it has to be over, whatever is still open. */
  readonly gracePeriodMs: number;
}

/** How long a connection that was just accepted has for its first request. */
const lingerMs = 1000;

/** How often idle connections are looked for while the last requests end. */
const sweepMs = 100;

/**
 * Ends a server without failing a request. Meanwhile every answer has to say `Connection: close`: Node goes on serving
 * kept-alive connections after they are to be closed, and waits for them.
 */
export async function drain(server: Server, { delayMs, gracePeriodMs }: ShutdownOptions): Promise<void> {
  const deadline = performance.now() + gracePeriodMs;
  const pause = async (ms: number) => {
    await delay(Math.max(0, Math.min(ms, deadline - performance.now())));
  };
  await pause(delayMs);
  const closed = new AbortController();
  // Not https.Server's own close(): that also cuts connections whose first request is still on the wire.
  NetServer.prototype.close.call(server, () => closed.abort());
  await pause(lingerMs);
  while (!closed.signal.aborted && performance.now() < deadline) {
    server.closeIdleConnections();
    await pause(sweepMs);
  }
  server.closeAllConnections();
  // Ends Node's own timer for slow connections; what is closed already is no error to us.
  server.close(() => undefined);
}
