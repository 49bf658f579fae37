import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { memberAt } from "../../shared/policy/json.ts";
import { namespaceLabel, namespaceLabelValue } from "../../shared/site/site-labels.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";

/**
 * The namespaces in which every Deployment is a site: of all, or whether the given one is. Who may not read namespaces
 * sees labelled sites only.
 */
export async function enforcedNamespaces(
  client: ApiClient,
  namespace: string | undefined,
  io: Io,
): Promise<ReadonlySet<string>> {
  try {
    return new Set(await (namespace === undefined ? all(client, io) : one(client, namespace, io)));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    const what = namespace === undefined ? "namespaces cannot be listed" : "the namespace cannot be read";
    warn(io, `${what}, so only labelled sites are looked at`);
    return new Set();
  }
}

async function all(client: ApiClient, io: Io): Promise<readonly string[]> {
  const path = resourcePath({ apiVersion: "v1", resource: "namespaces" });
  const labelSelector = `${namespaceLabel}=${namespaceLabelValue}`;
  return (await listAll(client, path, nameOf, { labelSelector, signal: io.signal })).items;
}

async function one(client: ApiClient, name: string, io: Io): Promise<readonly string[]> {
  const path = resourcePath({ apiVersion: "v1", resource: "namespaces", name });
  try {
    const { body } = await client.request({ method: "GET", path, signal: io.signal });
    return memberAt(body, "metadata", "labels", namespaceLabel) === namespaceLabelValue ? [name] : [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

function nameOf(raw: unknown): string {
  return String(memberAt(raw, "metadata", "name"));
}
