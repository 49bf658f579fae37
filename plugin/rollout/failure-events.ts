import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { RolloutResult } from "../../shared/rollout/rollout-result.ts";
import { fieldManager } from "../field-manager.ts";

/** Events tell a site's own people; a fleet that fails whole need not tell it a thousand times. */
const mostEvents = 50;

/**
 * Writes a Kubernetes Event on each failed site's Deployment, so that `kubectl describe` shows what the rollout saw.
 * They are a courtesy: who may not create Events has the same in the rollout's record.
 */
export async function reportFailures(
  client: ApiClient,
  result: RolloutResult,
  sites: readonly ObservedSite[],
  time: Date,
): Promise<void> {
  const uids = new Map(sites.map((site) => [siteKey(site), site.uid]));
  const failed = result.sites.filter((site) => site.outcome === "failed" || site.outcome === "conflict");
  const now = time.toISOString();
  await Promise.all(
    failed.slice(0, mostEvents).map(async ({ namespace, name, reason }) => {
      await client
        .request({
          method: "POST",
          path: resourcePath({ apiVersion: "v1", resource: "events", namespace }),
          body: {
            apiVersion: "v1",
            kind: "Event",
            metadata: { generateName: `${name}.`, namespace },
            involvedObject: {
              apiVersion: "apps/v1",
              kind: "Deployment",
              namespace,
              name,
              uid: uids.get(siteKey({ namespace, name })),
            },
            type: "Warning",
            reason: "RolloutFailed",
            message: `${result.kind} ${result.id} to ${result.target}: ${reason}`.slice(0, 1_024),
            source: { component: fieldManager },
            firstTimestamp: now,
            lastTimestamp: now,
            count: 1,
          },
        })
        .catch(() => undefined);
    }),
  );
}
