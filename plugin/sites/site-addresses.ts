import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteNameLabel, siteSelector } from "../../shared/site/site-labels.ts";

const ingressSchema = z.object({
  metadata: z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()).nullish() })).nullish(),
    rules: z.array(z.object({ host: z.string().nullish() })).nullish(),
  }),
});

/** The addresses of sites, by `namespace/name`. Who may not read Ingresses sees the sites without them. */
export async function readSiteAddresses(
  client: ApiClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const path = resourcePath({ apiVersion: "networking.k8s.io/v1", resource: "ingresses", namespace });
  try {
    const { items } = await listAll(client, path, observeIngress, { labelSelector: siteSelector, signal });
    return new Map(items.flatMap(({ site, url }) => (url === undefined ? [] : [[site, url] as const])));
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return new Map();
    throw error;
  }
}

/**
 * Projects a raw Ingress to the address of its site: the first host, by https where the Ingress ends TLS for it.
 *
 * @returns `site` as `namespace/name`, and no URL for an Ingress without a host
 */
function observeIngress(raw: unknown): { readonly site: string; readonly url: string | undefined } {
  const { metadata, spec } = ingressSchema.parse(raw);
  const host = (spec.rules ?? []).map((rule) => rule.host ?? "").find((name) => name !== "");
  const secure = host !== undefined && (spec.tls ?? []).some((tls) => tls.hosts?.includes(host) === true);
  return {
    site: `${metadata.namespace}/${metadata.labels?.[siteNameLabel] ?? ""}`,
    url: host === undefined ? undefined : `${secure ? "https" : "http"}://${host}`,
  };
}
