import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { mergeTrusted, splitCertificates } from "./kept-certificates.ts";

const configurationSchema = z.object({
  webhooks: z
    .array(z.object({ name: z.string(), clientConfig: z.object({ caBundle: z.string().optional() }) }))
    .nullish(),
});

const resources = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"] as const;

/** What became of the bundles: whether one changed, and which configurations are not there. */
export interface BundleUpdate {
  readonly changed: boolean;
  readonly missing: readonly string[];
}

/**
 * Has both configurations of a name trust these authorities, beside those that they trust already and that have not
 * expired: what those signed may still be served by another replica.
 * @param now milliseconds since 1970
 */
export async function trustAuthorities(
  client: ApiClient,
  name: string,
  authorities: readonly string[],
  now: number,
): Promise<BundleUpdate> {
  let changed = false;
  const missing: string[] = [];
  for (const resource of resources) {
    const path = resourcePath({ apiVersion: "admissionregistration.k8s.io/v1", resource, name });
    const webhooks = await readWebhooks(client, path);
    if (webhooks === undefined) {
      missing.push(`${resource}/${name}`);
      continue;
    }
    const operations = webhooks.flatMap(({ name: webhook, clientConfig }, index) => {
      const present = splitCertificates(Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8"));
      const merged = mergeTrusted([authorities, present], now);
      if (merged.join("") === present.join("")) return [];
      const value = Buffer.from(merged.join("")).toString("base64");
      return [
        // A configuration that was changed meanwhile is read again the next time.
        { op: "test", path: `/webhooks/${index}/name`, value: webhook },
        { op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value },
      ];
    });
    if (operations.length === 0) continue;
    await client.request({
      method: "PATCH",
      path,
      contentType: "application/json-patch+json",
      body: operations,
    });
    changed = true;
  }
  return { changed, missing };
}

async function readWebhooks(client: ApiClient, path: string) {
  try {
    return configurationSchema.parse((await client.request({ method: "GET", path })).body).webhooks ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
