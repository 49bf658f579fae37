import * as z from "zod";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteSelector } from "../../shared/site/site-labels.ts";
import type { Examination } from "./diagnosis.ts";

const podSchema = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().default("no node") }),
});

/** Long after its grace period, nobody is there to say that it has stopped. */
const patienceMs = 120_000;

/** Pods that a dead node keeps: a site with a volume cannot start elsewhere before its old pod is gone. */
export const stuckPods: Examination = {
  check: "stuck pods",
  async examine({ client, io, namespace }) {
    const path = resourcePath({ apiVersion: "v1", resource: "pods", namespace });
    const { items } = await listAll(client, path, (raw) => podSchema.parse(raw), {
      labelSelector: siteSelector,
      signal: io.signal,
    });
    // The timestamp is when the grace period ends.
    const stuck = items.filter(({ metadata: { deletionTimestamp } }) => {
      return deletionTimestamp !== undefined && io.now() - Date.parse(deletionTimestamp) > patienceMs;
    });
    return {
      summary: `${items.length} pods of sites`,
      findings: stuck.map(({ metadata, spec }) => ({
        message: `pod ${metadata.namespace}/${metadata.name} has not stopped on ${spec.nodeName}, and keeps its site's volume`,
        fix: `if that node is really gone: kubectl delete pod -n ${metadata.namespace} ${metadata.name} --force --grace-period=0`,
      })),
    };
  },
};
