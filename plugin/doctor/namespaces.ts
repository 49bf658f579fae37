import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { memberAt } from "../../shared/policy/json.ts";
import { namespaceLabel, namespaceLabelValue, siteSelector } from "../../shared/site/site-labels.ts";
import type { Examination } from "./diagnosis.ts";

/** Whether the namespaces that hold sites carry the label by which the webhooks see every Deployment in them. */
export const namespaces: Examination = {
  check: "namespace labels",
  async examine({ client, io, namespace }) {
    const all = await listAll(
      client,
      resourcePath({ apiVersion: "v1", resource: "namespaces" }),
      (raw) => ({
        name: String(memberAt(raw, "metadata", "name")),
        isEnforced: memberAt(raw, "metadata", "labels", namespaceLabel) === namespaceLabelValue,
      }),
      { signal: io.signal },
    );
    const sites = await listAll(
      client,
      resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace }),
      (raw) => String(memberAt(raw, "metadata", "namespace")),
      { labelSelector: siteSelector, signal: io.signal },
    );
    const withSites = new Set(sites.items);
    const enforced = all.items.filter(({ isEnforced }) => isEnforced).map(({ name }) => name);
    const open = [...withSites].filter((name) => !enforced.includes(name)).toSorted();
    return {
      summary: `enforced: ${enforced.join(", ") || "none"}`,
      findings: open.map((name) => ({
        message: `namespace ${name} holds sites and is not enforced: a Deployment without labels, or a bare pod, is not checked there`,
        fix: `kubectl label namespace ${name} ${namespaceLabel}=${namespaceLabelValue}`,
      })),
    };
  },
};
