import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listPages } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import type { ObservedSite } from "../../shared/rollout/observed-site.ts";
import {
  createReplicaSetIndex,
  type ReplicaSetIndex,
  type ReplicaSetPurpose,
} from "../../shared/rollout/replica-set-index.ts";

/**
 * Reads the ReplicaSets of the sites by one paged list. They are matched by their controller, since their templates
 * may lack the label that the Deployments are selected by; so the list has no selector.
 */
export async function listReplicaSets(
  client: ApiClient,
  sites: readonly ObservedSite[],
  purpose: ReplicaSetPurpose,
  signal: AbortSignal,
): Promise<ReplicaSetIndex> {
  const index = createReplicaSetIndex(sites, purpose);
  const namespaces = [...new Set(sites.map((site) => site.namespace))];
  const path = resourcePath({
    apiVersion: "apps/v1",
    resource: "replicasets",
    namespace: namespaces.length === 1 ? namespaces[0] : undefined,
  });
  for await (const page of listPages(client, path, (raw) => index.add(raw), { signal })) {
    // A page's items are in the index already; holding on to the page would keep them all.
    void page;
  }
  return index;
}
