import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { defaultLimits, parseLimits } from "../../shared/policy/limits.ts";
import { isTrustedUser } from "../../shared/policy/trusted-users.ts";
import {
  type WebhookEntry,
  chartNamespace,
  entries,
  everything,
  find,
  renderChart,
} from "./rendered-chart.ts";

/*
 * Kubernetes' "Admission Webhook Good Practices", point by point over the chart's manifests, numbered in their order. Points
 * about what the webhook answers are tests of webhook/ and shared/policy; `elsewhere` names them.
 *
 * https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/
 */

const lastPoint = 34;

const defaults = "shared/policy/defaults.test.ts";
const onCluster = "webhook/webhook.cluster.test.ts";
const traps = "webhook/api-traps.test.ts";

/** Points that manifests cannot show: in which file, by which test. */
const elsewhere: Readonly<Record<number, readonly [file: string, title: string]>> = {
  // Few calls: with a certificate from files the program has neither an account nor an address of the API.
  4: ["webhook/process.test.ts", "serves a changed certificate, and keeps the last good one"],
  // No loop with other controllers.
  6: [onCluster, "changes nothing when the same manifest is applied again"],
  // Only what is missing is patched.
  16: [defaults, "never sets anything against what the author said"],
  // Lists keep their elements, and labels that select pods stay.
  17: [defaults, "never touches the selector, names or other elements of a list"],
  // Fields that are yet to come.
  22: ["shared/policy/known-fields.cluster.test.ts", "knows every field of every type that makes up a pod"],
  // Idempotent, alone and with others.
  26: [onCluster, "is asked again after another webhook, and agrees with itself"],
  27: [traps, "holds no time, count or identifier: the same object gets the same patch"],
  // A real cluster before production.
  28: ["end-to-end/install.cluster.test.ts", "the first refused manifest names each thing that is wrong"],
  // What is changed is never against what is held.
  29: [traps, "makes no request higher than its limit, whatever the defaults are"],
  // Another minor version of Kubernetes.
  30: ["shared/policy/known-fields.cluster.test.ts", "knows every field of every type that makes up a pod"],
};

test("each of the good practices has a test, here or elsewhere", async () => {
  const readTest = async (file: string) => await readFile(new URL(`../${file}`, import.meta.url), "utf8");
  const own = (await readTest("chart/good-practices.cluster.test.ts")).matchAll(
    /^test\("((?:(?:A|GP)\d+(?:, )?)+):/gm,
  );
  const here = [...own].flatMap(([, numbers = ""]) =>
    [...numbers.matchAll(/GP(\d+)/g)].map(([, point]) => Number(point)),
  );
  const points = new Set([...here, ...Object.keys(elsewhere).map(Number)]);
  expect([...points].toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: lastPoint }, (_, index) => index + 1),
  );
  for (const [file, title] of Object.values(elsewhere)) expect(await readTest(file)).toContain(title);
});

const objects = await renderChart(everything);
const mutating = entries(objects, "MutatingWebhookConfiguration");
const validating = entries(objects, "ValidatingWebhookConfiguration");
const all: readonly WebhookEntry[] = [...mutating, ...validating];
const rules = all.flatMap((entry) => entry.rules);
const resources = new Set(
  rules.flatMap((rule) =>
    rule.apiGroups.flatMap((group) => rule.resources.map((name) => `${group}/${name}`)),
  ),
);

const podTemplate = z.object({
  spec: z.object({
    replicas: z.number(),
    strategy: z.unknown(),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number(),
        topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string() })),
        containers: z.array(z.looseObject({ args: z.array(z.string()) })),
      }),
    }),
  }),
});
const webhookDeployment = podTemplate.parse(find(objects, "Deployment", "subscribie-webhook"));

/** Whether the API server asks an entry about what is in a namespace with these labels. */
function sees(entry: WebhookEntry, labels: Readonly<Record<string, string>>): boolean {
  return entry.namespaceSelector.matchExpressions.every(({ key, operator, values }) => {
    const isIn = values.includes(labels[key] ?? "");
    return operator === "In" ? isIn : operator === "NotIn" && !isIn;
  });
}

const enforced = { "subscribie.co.uk/sites": "enforced" };

test("GP1: the simple and worst cases are held in CEL, without a webhook, if wanted", () => {
  expect(find(objects, "ValidatingAdmissionPolicy").metadata.name).toBe("subscribie");
  expect(find(objects, "ValidatingAdmissionPolicyBinding").metadata.name).toBe("subscribie");
});

test("GP2: no webhook is there for a custom resource", () => {
  expect(objects.map(({ kind }) => kind)).not.toContain("CustomResourceDefinition");
  expect(new Set(rules.flatMap((rule) => rule.apiGroups))).toEqual(new Set(["", "apps", "batch"]));
});

test("GP3: one configuration of each kind, one server", () => {
  expect(new Set(all.map((entry) => entry.clientConfig.service.name))).toEqual(
    new Set(["subscribie-webhook"]),
  );
  expect(mutating.map((entry) => entry.name)).toEqual([
    "sites.mutate.subscribie.co.uk",
    "labelled-sites.mutate.subscribie.co.uk",
  ]);
  expect(validating.map((entry) => entry.name)).toEqual([
    "sites.validate.subscribie.co.uk",
    "labelled-sites.validate.subscribie.co.uk",
    "workloads.validate.subscribie.co.uk",
  ]);
});

test("GP3: no object is seen by two entries of a configuration", () => {
  for (const half of [mutating, validating]) {
    for (const labels of [enforced, {}]) {
      const seeing = half.filter((entry) =>
        sees(entry, { ...labels, "kubernetes.io/metadata.name": "shops" }),
      );
      const seen = seeing.flatMap((entry) =>
        entry.rules.flatMap((rule) =>
          rule.resources.flatMap((name) => rule.apiGroups.map((group) => `${group}/${name}`)),
        ),
      );
      expect(new Set(seen).size).toBe(seen.length);
    }
  }
});

test("GP5: the rules name resources, with no wildcard, and only what makes pods or more of them", () => {
  expect(JSON.stringify(rules)).not.toContain("*");
  for (const entry of mutating) {
    expect(entry.rules.map((rule) => rule.resources)).toEqual([["deployments"]]);
  }
  expect([...resources].toSorted()).toEqual([
    "/pods",
    "/pods/ephemeralcontainers",
    "/pods/resize",
    "/replicationcontrollers",
    "/replicationcontrollers/scale",
    "apps/daemonsets",
    "apps/deployments",
    "apps/deployments/scale",
    "apps/replicasets",
    "apps/replicasets/scale",
    "apps/statefulsets",
    "apps/statefulsets/scale",
    "batch/cronjobs",
    "batch/jobs",
  ]);
});

test("GP5: whatever makes nothing is not asked about", () => {
  expect(new Set(rules.flatMap((rule) => rule.operations))).toEqual(new Set(["CREATE", "UPDATE"]));
});

test("A34, GP7: the API server waits at most five seconds", () => {
  for (const entry of all) expect(entry.timeoutSeconds).toBeLessThanOrEqual(5);
});

test("GP8: two backends or more behind a ClusterIP Service, on different nodes as far as possible", () => {
  expect(webhookDeployment.spec.replicas).toBeGreaterThanOrEqual(2);
  expect(find(objects, "Service", "subscribie-webhook")["spec"]).toMatchObject({ type: "ClusterIP" });
  const { topologySpreadConstraints } = webhookDeployment.spec.template.spec;
  expect(topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toEqual([
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
  ]);
});

test("GP8: a rollout and a node's drain leave a backend", () => {
  expect(webhookDeployment.spec.strategy).toEqual({
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
  });
  expect(find(objects, "PodDisruptionBudget", "subscribie-webhook")["spec"]).toMatchObject({
    maxUnavailable: 1,
  });
});

test("GP8: a backend goes on answering until endpoints have spread, and has time to end", () => {
  const { terminationGracePeriodSeconds, containers } = webhookDeployment.spec.template.spec;
  const args = containers[0]?.args ?? [];
  const seconds = (flag: string) => Number(args.find((arg) => arg.startsWith(flag))?.split("=")[1]);
  expect(seconds("--shutdown-delay=")).toBeGreaterThanOrEqual(5);
  expect(seconds("--grace-period=")).toBeGreaterThan(seconds("--shutdown-delay="));
  expect(terminationGracePeriodSeconds).toBeGreaterThan(seconds("--grace-period="));
});

test("GP9: nothing that a failing node brings about is asked about", () => {
  for (const name of resources) expect(name).not.toMatch(/status|binding|eviction|nodes|leases|endpoints/);
});

test("GP10, GP11: the cluster's own namespaces are never seen, whatever their labels", () => {
  for (const entry of all) {
    for (const namespace of ["kube-system", "kube-node-lease", "kube-public"]) {
      expect(sees(entry, { ...enforced, "kubernetes.io/metadata.name": namespace })).toBe(false);
      expect(sees(entry, { "kubernetes.io/metadata.name": namespace })).toBe(false);
    }
  }
});

test("GP12: no review of a token or an access is asked about", () => {
  for (const name of resources) expect(name).not.toMatch(/review|authentication|authorization/i);
});

test("GP13: each entry is limited to namespaces, and what is not labelled at all is seen only where it is enforced", () => {
  for (const entry of all) {
    const isEnforced = sees(entry, { ...enforced, "kubernetes.io/metadata.name": "shops" });
    const isOther = sees(entry, { "kubernetes.io/metadata.name": "shops" });
    expect(isEnforced).toBe(!isOther);
    expect(entry.objectSelector?.matchLabels).toEqual(isEnforced ? undefined : { subscribie: "site" });
  }
});

test("GP13: namespaces that the operator names are never seen", async () => {
  const rendered = await renderChart({ webhook: { excludedNamespaces: ["cni-system"] } });
  for (const entry of entries(rendered, "ValidatingWebhookConfiguration")) {
    expect(sees(entry, { ...enforced, "kubernetes.io/metadata.name": "cni-system" })).toBe(false);
  }
});

/** The users that a condition leaves out by name. */
function usersOf(condition: { expression: string } | undefined): readonly string[] {
  const expression = condition?.expression ?? "";
  const list = expression.match(/\[.*\]/)?.[0] ?? "[]";
  expect(expression).toBe(`!(request.userInfo.username in ${list})`);
  return z.array(z.string()).parse(JSON.parse(list));
}

test("GP14: the users whom the webhook leaves alone anyway are left out where pods are asked about, and nowhere else", () => {
  const [first, second, ...others] = all.flatMap((entry) => entry.matchConditions);
  expect(others).toEqual([]);
  const users = usersOf(first);
  expect(users).toContain("system:serviceaccount:kube-system:replicaset-controller");
  expect(users.filter((user) => !isTrustedUser(user, defaultLimits))).toEqual([]);
  expect(second?.expression).toBe('!request.userInfo.username.startsWith("system:node:")');
  expect(isTrustedUser("system:node:a", defaultLimits)).toBe(true);
});

test("GP14: users whom the limits exempt are left out too", async () => {
  const workloads = {
    exemptUsers: ["system:serviceaccount:backup:velero", 'it\'s "quoted" \\ {{ . }}'],
    presets: ["cert-manager"],
  };
  const rendered = await renderChart({ limits: { workloads } });
  const [, , third] = entries(rendered, "ValidatingWebhookConfiguration").flatMap(
    (entry) => entry.matchConditions,
  );
  const users = usersOf(third);
  expect(users).toEqual([...workloads.exemptUsers, "system:serviceaccount:cert-manager:cert-manager"]);
  expect(users.filter((user) => !isTrustedUser(user, parseLimits({ workloads })))).toEqual([]);
});

test("GP15: every version of the API is matched, and one version of the review", () => {
  for (const entry of all) {
    expect(entry.matchPolicy).toBe("Equivalent");
    expect(entry.admissionReviewVersions).toEqual(["v1"]);
  }
});

test("GP18: no side effects, so that dry runs are answered", () => {
  for (const entry of all) expect(entry.sideEffects).toBe("None");
});

test("GP19: the webhook's own namespace is never seen: it can always start", () => {
  for (const entry of all) {
    expect(sees(entry, { ...enforced, "kubernetes.io/metadata.name": chartNamespace })).toBe(false);
    expect(sees(entry, { "kubernetes.io/metadata.name": chartNamespace })).toBe(false);
  }
});

test("GP19: the namespace that the chart makes for the sites is another one", () => {
  const { metadata } = find(objects, "Namespace");
  expect(metadata.name).not.toBe(chartNamespace);
  expect(metadata.labels).toMatchObject(enforced);
  expect(metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
});

test("GP20: the webhook needs no other webhook's namespace, no name server in the cluster, no claim", () => {
  const pod = webhookDeployment.spec.template.spec;
  expect(JSON.stringify(pod["volumes"])).not.toContain("persistentVolumeClaim");
  expect(webhookDeployment.spec.template.metadata.labels).not.toHaveProperty("subscribie");
});

test("GP21: what changes fails open, what decides fails closed", () => {
  for (const entry of mutating) expect(entry.failurePolicy).toBe("Ignore");
  for (const entry of validating) expect(entry.failurePolicy).toBe("Fail");
});

test("GP23, GP24: neither pods nor what makes them for a Deployment are changed, and the webhook may create nothing", () => {
  expect(new Set(mutating.flatMap((entry) => entry.rules.flatMap((rule) => rule.resources)))).toEqual(
    new Set(["deployments"]),
  );
  const verbs = objects
    .filter(({ kind, metadata }) => kind.endsWith("Role") && metadata.name === "subscribie-webhook")
    .flatMap((role) => z.array(z.object({ verbs: z.array(z.string()) })).parse(role["rules"]))
    .flatMap((rule) => rule.verbs);
  expect(new Set(verbs)).toEqual(new Set(["get", "update", "patch"]));
});

test("GP25: what changes is asked again after others have changed the object", () => {
  for (const entry of mutating) expect(entry.reinvocationPolicy).toBe("IfNeeded");
});

test("GP31: whatever may be changed is judged afterwards", () => {
  for (const entry of mutating) {
    const judge = validating.find(({ name }) => name === entry.name.replace("mutate", "validate"));
    expect(judge?.namespaceSelector).toEqual(entry.namespaceSelector);
    expect(judge?.objectSelector).toEqual(entry.objectSelector);
    expect(judge?.rules).toEqual(expect.arrayContaining(entry.rules));
  }
});

test("GP32: it can be installed open, watched, and closed by an upgrade", async () => {
  const open = await renderChart({ webhook: { validating: { failurePolicy: "Ignore" } } });
  for (const entry of entries(open, "ValidatingWebhookConfiguration"))
    expect(entry.failurePolicy).toBe("Ignore");
});

test("A14, GP33: only the webhook may edit a configuration, its own, and only where it keeps the CA itself", async () => {
  const editors = (rendered: typeof objects) =>
    rendered.filter((object) => JSON.stringify(object["rules"] ?? "").includes("webhookconfigurations"));
  expect(
    editors(objects)
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
      .filter((name) => name.startsWith("ClusterRole")),
  ).toEqual(["ClusterRole/subscribie-webhook"]);
  expect(find(objects, "ClusterRole", "subscribie-webhook")["rules"]).toEqual([
    {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
      resourceNames: ["subscribie"],
      verbs: ["get", "patch"],
    },
  ]);
  const own = await renderChart({ webhook: { certificates: { mode: "secret", secretName: "tls" } } });
  expect(editors(own).filter(({ kind }) => kind === "ClusterRole")).toEqual([]);
});

test("GP34: nobody gets to write in the webhook's namespace but the webhook its Secret and its Lease", () => {
  const written = objects
    .filter(({ kind, metadata }) => kind === "Role" && metadata.namespace === chartNamespace)
    .map((role) => ({ name: role.metadata.name, rules: role["rules"] }));
  expect(written).toEqual([
    {
      name: "subscribie-webhook",
      rules: [
        expect.objectContaining({
          resources: ["secrets"],
          resourceNames: ["subscribie-webhook-certificate"],
        }),
        expect.objectContaining({ resources: ["leases"], resourceNames: ["subscribie-webhook-certificate"] }),
      ],
    },
  ]);
});

test("every pod of the chart may run under the Pod Security Standard restricted", () => {
  const pods = objects
    .filter(({ kind }) => kind === "Deployment" || kind === "Pod")
    .map((object) =>
      object.kind === "Pod"
        ? object["spec"]
        : z.object({ template: z.object({ spec: z.unknown() }) }).parse(object["spec"]).template.spec,
    );
  expect(pods).toHaveLength(3);
  for (const pod of pods) {
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: { requests: expect.anything(), limits: { memory: expect.any(String) } },
        },
      ],
    });
  }
});

test("with certificates of others the webhook has no token of the API at all", async () => {
  for (const mode of ["certManager", "secret"]) {
    const rendered = await renderChart({ webhook: { certificates: { mode, secretName: "tls" } } });
    const deployment = find(rendered, "Deployment", "subscribie-webhook");
    expect(deployment["spec"]).toMatchObject({ template: { spec: { automountServiceAccountToken: false } } });
    expect(
      rendered.filter(
        ({ kind, metadata }) => kind.endsWith("Role") && metadata.name === "subscribie-webhook",
      ),
    ).toEqual([]);
  }
});
