import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { createApiClient } from "../control-plane/api-client.ts";
import { controlPlane, createTestNamespace, kubectl } from "../control-plane/test-cluster.ts";
import { foreignDefinitions } from "./foreign-definitions.ts";
import { everything, type RenderedObject, renderChart } from "./rendered-chart.ts";

/*
 * What the API server makes of the chart's objects: whether it takes each of them, and what each component's service
 * account may do by them. Only the roles are created, under a name of this run's own: the control plane is shared.
 */

let system: string;
let sites: string;
let fullname: string;

beforeAll(async () => {
  system = await createTestNamespace("system");
  sites = await createTestNamespace("sites");
  fullname = system;
});

afterAll(async () => {
  await kubectl(["delete", "clusterrole,clusterrolebinding", "-l", "app.kubernetes.io/part-of=subscribie"]);
});

async function render(values: object): Promise<readonly RenderedObject[]> {
  return await renderChart(
    { ...everything, ...values, fullnameOverride: fullname, sites: { namespace: sites } },
    system,
  );
}

async function apply(objects: readonly object[], ...flags: readonly string[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { stdout, stderr } = await kubectl(["apply", "--server-side", ...flags, "-f", "-"], { input });
  expect(stderr).toBe("");
  return stdout;
}

test("the API server takes every object, in each mode of certificates, without a warning", async () => {
  await apply(foreignDefinitions);
  await kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  try {
    const modes = [
      { mode: "self" },
      { mode: "certManager" },
      { mode: "certManager", certManager: { issuerRef: { name: "ours", kind: "ClusterIssuer" } } },
      { mode: "secret", secretName: "tls", caBundle: controlPlane.certificateAuthority },
    ];
    for (const certificates of modes) {
      const objects = await render({ webhook: { certificates } });
      const stdout = await apply(objects, "--dry-run=server");
      expect(stdout.trim().split("\n")).toHaveLength(objects.length);
    }
  } finally {
    await kubectl(["delete", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: foreignDefinitions }),
    });
  }
});

const rulesReview = z.object({
  status: z.object({
    resourceRules: z.array(
      z.object({
        verbs: z.array(z.string()),
        apiGroups: z.array(z.string()).default([]),
        resources: z.array(z.string()).default([]),
        resourceNames: z.array(z.string()).default([]),
      }),
    ),
    nonResourceRules: z.array(z.unknown()),
  }),
});

/** All that a service account may do in a namespace and in the whole cluster, as `verb group/resource[/name]`, sorted. */
async function access(account: string, namespace: string): Promise<readonly string[]> {
  const { stdout } = await kubectl(["create", "token", "-n", system, account]);
  const own = createApiClient({ ...controlPlane, token: stdout.trim() });
  try {
    const { body } = await own.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
      body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } },
    });
    const { resourceRules } = rulesReview.parse(body).status;
    const lines = resourceRules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            (resourceNames.length === 0 ? [""] : resourceNames.map((name) => `/${name}`)).map(
              (name) => `${verb} ${group === "" ? "" : `${group}/`}${resource}${name}`,
            ),
          ),
        ),
      ),
    );
    return lines.toSorted();
  } finally {
    own.close();
  }
}

/** Beyond what every service account may do. */
async function ownAccess(account: string, namespace: string): Promise<readonly string[]> {
  const everybodys = await access("default", namespace);
  return (await access(account, namespace)).filter((line) => !everybodys.includes(line));
}

async function applyRoles(values: object): Promise<void> {
  const kinds = new Set(["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]);
  await apply(
    (await render(values)).filter(({ kind }) => kinds.has(kind)),
    "--force-conflicts",
  );
}

test("each component may do what it needs, and nothing else", async () => {
  await applyRoles({ operatorRole: { create: true, subjects: [] } });
  const webhookEverywhere = [
    `get admissionregistration.k8s.io/mutatingwebhookconfigurations/${fullname}`,
    `get admissionregistration.k8s.io/validatingwebhookconfigurations/${fullname}`,
    `patch admissionregistration.k8s.io/mutatingwebhookconfigurations/${fullname}`,
    `patch admissionregistration.k8s.io/validatingwebhookconfigurations/${fullname}`,
  ];
  expect(await ownAccess(`${fullname}-webhook`, system)).toEqual(
    [
      ...webhookEverywhere,
      `get coordination.k8s.io/leases/${fullname}-webhook-certificate`,
      `get secrets/${fullname}-webhook-certificate`,
      `update coordination.k8s.io/leases/${fullname}-webhook-certificate`,
      `patch secrets/${fullname}-webhook-certificate`,
    ].toSorted(),
  );
  expect(await ownAccess(`${fullname}-webhook`, sites)).toEqual(webhookEverywhere);
  expect(await ownAccess(`${fullname}-deployer`, system)).toEqual([]);
  expect(await ownAccess(`${fullname}-deployer`, sites)).toEqual([
    "create apps/deployments",
    "create configmaps",
    "create networking.k8s.io/ingresses",
    "create networking.k8s.io/networkpolicies",
    "create persistentvolumeclaims",
    "create secrets",
    "create services",
    "delete configmaps",
    "get apps/deployments",
    "get configmaps",
    "get secrets",
    "list apps/deployments",
    "list apps/replicasets",
    "list configmaps",
    "list pods",
    "patch apps/deployments",
    "patch configmaps",
    "patch networking.k8s.io/ingresses",
    "patch networking.k8s.io/networkpolicies",
    "patch persistentvolumeclaims",
    "patch secrets",
    "patch services",
    "watch apps/deployments",
  ]);
  expect(await ownAccess(`${fullname}-test`, system)).toEqual([]);
  expect(await ownAccess(`${fullname}-test`, sites)).toEqual(["create apps/deployments"]);
});

test("a person with the role for operators may run rollouts, and reads no Secret", async () => {
  await applyRoles({ operatorRole: { create: true, subjects: [] } });
  const account = `--serviceaccount=${sites}:default`;
  await kubectl([
    "create",
    "rolebinding",
    "operators",
    "-n",
    sites,
    "--clusterrole=subscribie-operator",
    account,
  ]);
  const can = async (...words: readonly string[]) => {
    const user = `--as=system:serviceaccount:${sites}:default`;
    return (await kubectl(["auth", "can-i", ...words, "-n", sites, user])).stdout.trim();
  };
  const allowed = [
    ...["get", "list", "watch", "patch"].map((verb) => [verb, "deployments.apps"]),
    ["list", "replicasets.apps"],
    ["list", "pods"],
    ["create", "events"],
    ["list", "resourcequotas"],
    ["list", "ingresses.networking.k8s.io"],
    ["list", "replicationcontrollers"],
    ...["statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch"].map((kind) => ["list", kind]),
    ...["get", "list", "watch", "create", "patch", "delete"].map((verb) => [verb, "configmaps"]),
    ...["get", "list", "create", "update"].map((verb) => [verb, "leases.coordination.k8s.io"]),
  ];
  for (const words of allowed) expect([...words, await can(...words)]).toEqual([...words, "yes"]);
  const refused = [
    ["get", "secrets"],
    ["list", "secrets"],
    ["create", "deployments.apps"],
    ["delete", "deployments.apps"],
    ["create", "pods"],
    ["create", "pods/exec"],
    ["patch", "deployments.apps", "--subresource=scale"],
    ["patch", "validatingwebhookconfigurations.admissionregistration.k8s.io"],
  ];
  for (const words of refused) expect([...words, await can(...words)]).toEqual([...words, "no"]);
});
