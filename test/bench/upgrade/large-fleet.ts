import * as z from "zod";
import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";
import { siteManifests } from "../../../shared/site/site-manifests.ts";
import { deriveSiteName } from "../../../shared/site/site-name.ts";
import { parseSiteRequest } from "../../../shared/site/site-request.ts";
import type { ApiClient } from "../../control-plane/api-client.ts";
import { inParallel } from "./in-parallel.ts";

/** Requests at a time; more gain nothing on two cores. */
const concurrency = 40;

/** The Deployments of many sites as the deployer makes them, and nothing else: for memory, their size counts. */
export async function createDeployedSites(
  client: ApiClient,
  namespace: string,
  count: number,
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `shop-${String(index + 1).padStart(5, "0")}`);
  await inParallel(names, concurrency, async (name) => {
    const body = deploymentOf(name, namespace);
    const { status } = await client.request("POST", deploymentsPath(namespace), { body });
    if (status !== 201) throw new Error(`creating ${name}: ${status}`);
  });
  return names;
}

function deploymentOf(company: string, namespace: string): object {
  const parsed = parseSiteRequest({ company: { name: company }, users: ["owner@example.com"] });
  const name = deriveSiteName(company);
  if (!parsed.ok || !name.ok) throw new Error(`${company} makes no site`);
  const identity = { siteName: name.siteName, namespace, owner: { database: "bench", document: company } };
  return siteManifests(identity, parsed.request, siteDefaultsSchema.parse({}), undefined).deployment;
}

const observed = z.object({
  metadata: z.object({ name: z.string(), generation: z.number() }),
  spec: z.object({ replicas: z.number() }),
  status: z.object({ observedGeneration: z.number().default(0) }).prefault({}),
});

/**
 * Stands in for the controllers, which would take an hour for ten thousand sites: says of each Deployment that
 * changes that it is available, until the signal. Rejects when the API server refuses that.
 */
export async function sayAvailable(client: ApiClient, namespace: string, signal: AbortSignal): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const watch = async (): Promise<void> => {
    // The API server ends the watch of whoever reads too slowly; a new one begins with all there is.
    while (!signal.aborted) {
      for await (const { object } of client.watch(`${deploymentsPath(namespace)}?watch=1`, signal)) {
        const { metadata, spec, status } = observed.parse(object);
        if (status.observedGeneration >= metadata.generation) continue;
        saySiteAvailable(client, namespace, metadata, spec.replicas).catch(failed.reject);
      }
    }
  };
  await Promise.race([watch(), failed.promise]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function saySiteAvailable(
  client: ApiClient,
  namespace: string,
  { name, generation }: { name: string; generation: number },
  replicas: number,
): Promise<void> {
  const pods = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  const body = { status: { observedGeneration: generation, ...pods } };
  const path = `${deploymentsPath(namespace)}/${name}/status`;
  const { status } = await client.request("PATCH", path, {
    body,
    contentType: "application/merge-patch+json",
  });
  if (status !== 200) throw new Error(`status of ${name}: ${status}`);
}

function deploymentsPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}
