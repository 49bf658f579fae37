import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import * as z from "zod";

import { type ApiClient, createApiClient } from "./api-client.ts";
import { ControlPlaneError } from "./control-plane-error.ts";

/** How long a start may take. It takes three seconds, and longer on a machine with other work. */
const deadlineMilliseconds = 120_000;

/**
 * Waits until the API server says that it is ready.
 *
 * @param certificate - the file with its certificate and the authority's, which it writes during its first start.
 */
export async function apiServerReady(
  server: string,
  certificate: string,
  token: string,
  signal: AbortSignal,
): Promise<void> {
  await poll("the API server to be ready", signal, async () => {
    const certificateAuthority = await readFile(certificate, "utf8");
    const client = createApiClient({ server, certificateAuthority, token });
    try {
      const response = await client.request("GET", "/readyz", { signal });
      if (response.status !== 200) {
        throw new Error(`/readyz answers ${response.status}: ${JSON.stringify(response.body)}`);
      }
    } finally {
      client.close();
    }
  });
}

const nodeList = z.object({
  items: z.array(
    z.object({
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

/** Waits until kwok reports every node ready: from then on pods can be placed, and run. */
export async function nodesReady(client: ApiClient, signal: AbortSignal): Promise<void> {
  await poll("the fake nodes to be ready", signal, async () => {
    const { items } = nodeList.parse((await client.request("GET", "/api/v1/nodes", { signal })).body);
    const waiting = items.filter(
      (node) => !node.status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    if (waiting.length > 0) {
      throw new Error(`${waiting.length} of ${items.length} nodes are not ready`);
    }
  });
}

/**
 * Waits until the controllers run, by a thing that they make: the namespace `default`'s service account. Before that,
 * the controller-manager is still starting, and ends itself if the API server goes away.
 */
export async function controllersReady(client: ApiClient, signal: AbortSignal): Promise<void> {
  await poll("the controllers to run", signal, async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default";
    const { status } = await client.request("GET", path, { signal });
    if (status !== 200) {
      throw new Error(`${path} answers ${status}`);
    }
  });
}

/** Tries until `attempt` no longer throws. Some of what is waited for (a file, a listener) cannot be watched. */
async function poll<Result>(
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + deadlineMilliseconds;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() > deadline) {
        const said = error instanceof Error ? error.message : String(error);
        throw new ControlPlaneError(
          `Waited ${deadlineMilliseconds / 1000} s for ${what}; the last try said: ${said}`,
        );
      }
    }
    await delay(50, undefined, { signal });
  }
}
