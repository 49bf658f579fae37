import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";
import { siteManifests } from "../../../shared/site/site-manifests.ts";
import { deriveSiteName } from "../../../shared/site/site-name.ts";
import { parseSiteRequest } from "../../../shared/site/site-request.ts";
import type { ApiClient } from "../../control-plane/api-client.ts";
import { inParallel } from "../upgrade/in-parallel.ts";
import { payload } from "./deploy-bench.ts";

const concurrency = 40;
const defaults = siteDefaultsSchema.parse({});
const resources: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  Deployment: "deployments",
  Ingress: "ingresses",
  Secret: "secrets",
  Service: "services",
};

/** The plainest way to make the objects that the deployer makes, by server-side apply: no queue, no checks, no waiting. */
export async function applyRawSites(client: ApiClient, namespace: string, sites: number): Promise<void> {
  const names = Array.from({ length: sites }, (_, index) => `shop-${index}`);
  await inParallel(names, concurrency, async (name) => await applyRawSite(client, namespace, name));
}

/** The same objects as the deployer's, one after the other. */
async function applyRawSite(client: ApiClient, namespace: string, companyName: string): Promise<void> {
  const parsed = parseSiteRequest(payload(companyName));
  const name = deriveSiteName(companyName);
  if (!parsed.ok || !name.ok) throw new Error(`${companyName} makes no site`);
  const identity = { siteName: name.siteName, namespace, owner: { database: "raw", document: companyName } };
  const { secret, dependencies, deployment } = siteManifests(identity, parsed.request, defaults, undefined);
  const claim = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...secret.metadata, name: `${name.siteName}.site-claim` },
    data: { site: name.siteName, database: "raw", document: companyName },
  };
  for (const object of [claim, secret, ...dependencies, deployment]) {
    const root = object.apiVersion.includes("/") ? "apis" : "api";
    const path = `/${root}/${object.apiVersion}/namespaces/${namespace}/${resources[object.kind]}/${object.metadata.name}?fieldManager=raw`;
    const { status } = await client.request("PATCH", path, {
      body: object,
      contentType: "application/apply-patch+yaml",
    });
    if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${status}`);
  }
}
