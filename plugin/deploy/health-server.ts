import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { CommandError } from "../errors.ts";
import type { DeployMetrics } from "./deploy-metrics.ts";

/** Serves `/livez`, `/readyz` and `/metrics` to the kubelet and to Prometheus. */
export interface HealthServer {
  /** The queue was looked through: the deployer is of use. */
  readonly markReady: () => void;
  readonly close: () => Promise<void>;
}

/** After this long without a look at the queue, something is in the way. */
const staleMs = 60_000;

/**
 * @param port 0 for any free one
 * @param now milliseconds, monotonic or not
 */
export async function startHealthServer(
  port: number,
  metrics: DeployMetrics,
  now: () => number,
  onListening: (port: number) => void,
): Promise<HealthServer> {
  let readyAt = Number.NEGATIVE_INFINITY;

  async function answer(path: string, response: ServerResponse): Promise<void> {
    if (path === "/livez") return send(response, 200, "ok\n");
    if (path === "/readyz") {
      const isReady = now() - readyAt < staleMs;
      return send(
        response,
        isReady ? 200 : 503,
        isReady ? "ok\n" : "the queue could not be read for a while\n",
      );
    }
    if (path !== "/metrics") return send(response, 404, "not found\n");
    const { contentType, text } = await metrics.render();
    return send(response, 200, text, contentType);
  }

  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    answer(path, response).catch(() => send(response, 500, "the metrics cannot be read\n"));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new CommandError(
          `port ${port} cannot be listened on: ${error.message}; choose another --metrics-port`,
        ),
      ),
    );
    server.listen(port, resolve);
  });
  const address = server.address();
  if (typeof address === "object" && address !== null) onListening(address.port);

  return {
    markReady() {
      readyAt = now();
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function send(response: ServerResponse, status: number, text: string, contentType = "text/plain"): void {
  response.writeHead(status, { "content-type": contentType });
  response.end(text);
}
