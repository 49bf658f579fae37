import * as z from "zod";

import type { ApiClient } from "./api-client.ts";

export interface SiteOptions {
  /** `ghcr.io/subscribie/subscribie:v0.10` by default. What its tag does to the pods is in kwok-stages.yaml. */
  image?: string;
  /** 1 by default. */
  replicas?: number;
  /** Kubernetes' own default, 600, by default. */
  progressDeadlineSeconds?: number;
  /** Old ReplicaSets that are kept. Kubernetes' own default, 10, by default. */
  revisionHistoryLimit?: number;
  /** The names are `<prefix>-00001` and so on; `site` by default. */
  prefix?: string;
  /** More labels, on the Deployment. */
  labels?: Readonly<Record<string, string>>;
}

/** How many requests are in flight; more gain nothing on two cores. */
const concurrency = 40;

/**
 * Creates many sites as quickly as the API server takes them: Deployments alone, by plain POSTs. They do not become
 * available before the controllers get to them: see waitForSites.
 *
 * @returns their names, in order.
 * @throws when the API server refuses one.
 */
export async function createSites(
  client: ApiClient,
  namespace: string,
  count: number,
  options: SiteOptions = {},
): Promise<string[]> {
  const prefix = options.prefix ?? "site";
  const names = Array.from(
    { length: count },
    (_, index) => `${prefix}-${String(index + 1).padStart(5, "0")}`,
  );
  // The workers take their names from one iterator: each gets the next that none has.
  const remaining = names.values();
  const work = async (): Promise<void> => {
    for (const name of remaining) {
      const body = siteDeployment(name, options);
      const response = await client.request("POST", deploymentsPath(namespace), { body });
      if (response.status !== 201) {
        throw new Error(`creating site ${name}: ${response.status} ${JSON.stringify(response.body)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return names;
}

function deploymentsPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}

/** The least that is a site: its labels, its container, and all that keeps it online while it changes. */
function siteDeployment(name: string, options: SiteOptions) {
  const labels = { subscribie: "site", "site-name": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { ...options.labels, ...labels } },
    spec: {
      replicas: options.replicas ?? 1,
      ...(options.progressDeadlineSeconds !== undefined && {
        progressDeadlineSeconds: options.progressDeadlineSeconds,
      }),
      ...(options.revisionHistoryLimit !== undefined && {
        revisionHistoryLimit: options.revisionHistoryLimit,
      }),
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          enableServiceLinks: false,
          containers: [
            {
              name: "subscribie",
              image: options.image ?? "ghcr.io/subscribie/subscribie:v0.10",
              readinessProbe: { httpGet: { path: "/health", port: 80 } },
              lifecycle: { preStop: { sleep: { seconds: 3 } } },
            },
          ],
        },
      },
    },
  };
}

const deployment = z.object({
  metadata: z.object({ name: z.string(), generation: z.number() }),
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })) }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default("") }))
        .default([]),
    })
    .prefault({}),
});

/** What waitForSites shows of a site's Deployment. */
export type SiteDeployment = z.infer<typeof deployment>;

/** Whether a Deployment's every pod is of its current template and available. */
export function isAvailable({ metadata, spec, status }: SiteDeployment): boolean {
  return (
    status.observedGeneration >= metadata.generation &&
    status.replicas === spec.replicas &&
    status.updatedReplicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
}

const listPage = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});

/**
 * Waits until each of the named Deployments has once met the condition (it may cease to meanwhile), by one list and
 * one watch: 10,000 sites cost no more requests than one.
 *
 * @param condition - isAvailable by default.
 * @throws the signal's reason when it aborts.
 */
export async function waitForSites(
  client: ApiClient,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
  condition: (site: SiteDeployment) => boolean = isAvailable,
): Promise<void> {
  const waiting = new Set(names);
  const see = (object: unknown): void => {
    const site = deployment.parse(object);
    if (condition(site)) {
      waiting.delete(site.metadata.name);
    }
  };
  const path = deploymentsPath(namespace);
  while (waiting.size > 0) {
    signal.throwIfAborted();
    const resourceVersion = await listAll(client, path, signal, see);
    if (waiting.size === 0) {
      return;
    }
    // A watch that the server closes, or whose version is too old (ERROR), is followed by another list.
    for await (const line of client.watch(`${path}?watch=1&resourceVersion=${resourceVersion}`, signal)) {
      if (line.type === "ERROR") {
        break;
      }
      see(line.object);
      if (waiting.size === 0) {
        return;
      }
    }
  }
}

/** Shows every object to `see`, by pages of 500. @returns the version from which a watch goes on. */
async function listAll(
  client: ApiClient,
  path: string,
  signal: AbortSignal,
  see: (object: unknown) => void,
): Promise<string> {
  let next: string | undefined;
  for (;;) {
    const query = new URLSearchParams({ limit: "500", ...(next && { continue: next }) });
    const response = await client.request("GET", `${path}?${query.toString()}`, { signal });
    const page = listPage.parse(response.body);
    page.items.forEach(see);
    next = page.metadata.continue;
    if (!next) {
      return page.metadata.resourceVersion;
    }
  }
}
