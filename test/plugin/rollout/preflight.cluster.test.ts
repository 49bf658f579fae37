import { describe, expect, test } from "vitest";
import { createSites, waitForSites } from "../../control-plane/sites.ts";
import { client, createTestNamespace } from "../../control-plane/test-cluster.ts";
import { forgeRecord, openStore, rolloutRecord, subscribie } from "./stored-rollouts.ts";

type Verbs = Readonly<Record<string, readonly string[]>>;

/** What the chart's role for operators allows, as far as a rollout cannot do without. */
const needed: Verbs = {
  "apps/deployments": ["get", "list", "watch", "patch"],
  "apps/replicasets": ["list"],
  "/configmaps": ["get", "list", "watch", "create", "patch"],
  "coordination.k8s.io/leases": ["get", "create", "update"],
};

/** A namespace with a site, in which the user `stranger` may do this. */
async function namespaceWhere(verbs: Verbs): Promise<string> {
  const namespace = await createTestNamespace("preflight");
  const [site] = await createSites(client, namespace, 1);
  const rules = Object.entries(verbs).map(([resource, allowed]) => {
    const [group, name] = resource.split("/");
    return { apiGroups: [group], resources: [name], verbs: allowed };
  });
  const metadata = { name: "rollouts" };
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await client.request("POST", `${path}/roles`, {
    body: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules },
  });
  await client.request("POST", `${path}/rolebindings`, {
    body: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "rollouts" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "stranger" }],
    },
  });
  await waitForSites(client, namespace, [site ?? ""], AbortSignal.timeout(120_000));
  return namespace;
}

const upgrade = ["upgrade", "v0.11", "--canary", "none"] as const;

describe.concurrent("a rollout by somebody who may not", () => {
  test.each([
    ["patch deployments", "apps/deployments", "patch"],
    ["watch deployments", "apps/deployments", "watch"],
    ["create configmaps", "/configmaps", "create"],
    ["patch configmaps", "/configmaps", "patch"],
    ["watch configmaps", "/configmaps", "watch"],
  ])("%s ends before anything is changed, and says so", async (what, resource, verb) => {
    const verbs = (needed[resource] ?? []).filter((allowed) => allowed !== verb);
    const namespace = await namespaceWhere({ ...needed, [resource]: verbs });
    const { code, stdout, stderr } = await subscribie(namespace, upgrade, "stranger");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`you may not ${what} in namespace ${namespace}; ask for a role`);
    expect(await openStore(namespace).store.list(() => undefined)).toEqual([]);
  });

  test("delete old records goes on without, and says so", async () => {
    const namespace = await namespaceWhere(needed);
    for (let minute = 10; minute < 60; minute += 1) {
      const id = `u-20261101-12${minute}00-x`;
      await forgeRecord(namespace, `subscribie-rollout-${id}`, rolloutRecord({ id, phase: "Complete" }));
    }
    const { code, stdout, stderr } = await subscribie(namespace, upgrade, "stranger");
    expect(stderr).toContain(`warning: old rollouts' records in namespace ${namespace} could not be deleted`);
    expect(stdout).toContain("Complete");
    expect(code).toBe(0);
  });
});
