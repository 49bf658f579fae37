import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { applyObject } from "../../shared/cluster/apply.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import type { SecretManifest } from "../../shared/site/manifests/secret.ts";
import { secretKeys } from "../../shared/site/site-request.ts";
import { fieldManager } from "../field-manager.ts";

const dataSchema = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Brings a site's Secret up to what its request holds. A request that was deployed before holds no secrets any more:
 * then the Secret stays as it is, and is only made, empty, if it is not there, since the pods mount it.
 */
export async function applySecret(client: ApiClient, manifest: SecretManifest): Promise<void> {
  const { namespace, name } = manifest.metadata;
  const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, name });
  const given = Object.keys(manifest.data).length;
  if (given === 0) {
    await createIfAbsent(client, manifest);
    return;
  }
  // Server-side apply removes what is not in it any more, so a single new secret is joined with the other one's value.
  const kept = given === secretKeys.length ? {} : await readData(client, path);
  await applyObject(client, path, { ...manifest, data: { ...kept, ...manifest.data } }, { fieldManager });
}

async function createIfAbsent(client: ApiClient, manifest: SecretManifest): Promise<void> {
  const { namespace } = manifest.metadata;
  const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace });
  try {
    await client.request({ method: "POST", path, query: { fieldManager }, body: manifest });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  }
}

async function readData(client: ApiClient, path: string): Promise<Readonly<Record<string, string>>> {
  try {
    return dataSchema.parse((await client.request({ method: "GET", path })).body).data;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return {};
    throw error;
  }
}
