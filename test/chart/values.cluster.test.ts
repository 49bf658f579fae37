import { expect, test } from "vitest";
import * as z from "zod";
import { parse } from "yaml";
import { parseLimits } from "../../shared/policy/limits.ts";
import { siteDefaultsSchema } from "../../shared/site/site-defaults.ts";
import { Metrics, type Outcome } from "../../webhook/metrics.ts";
import { everything, find, refusalOf, renderChart } from "./rendered-chart.ts";

test.each([
  ["a value of no name", { webhok: {} }, "webhok"],
  ["a nested typo", { webhook: { replica: 3 } }, "replica"],
  ["a typo in a limit", { limits: { images: { repository: ["a/*"] } } }, "repository"],
  ["a control that there is not", { limits: { controls: { "host-network": "warn" } } }, "host-network"],
  ["a mode that there is not", { limits: { controls: { "host-path": "off" } } }, "host-path"],
  ["a typo in the site defaults", { siteDefaults: { ingress: { class: "nginx" } } }, "class"],
  [
    "an exemption without a reason",
    { limits: { exemptions: [{ controls: ["dns"], site: "a", expires: "2030-01-01" }] } },
    "reason",
  ],
  ["a number as a text", { webhook: { replicas: "2" } }, "replicas"],
  ["no replicas", { webhook: { replicas: 0 } }, "replicas"],
  [
    "a timeout that the API does not have",
    { webhook: { validating: { timeoutSeconds: 31 } } },
    "timeoutSeconds",
  ],
  ["a failure policy of no name", { webhook: { validating: { failurePolicy: "fail" } } }, "failurePolicy"],
  ["a mode of certificates of no name", { webhook: { certificates: { mode: "cert-manager" } } }, "mode"],
  ["a typo in a toleration", { webhook: { tolerations: [{ keys: "a" }] } }, "keys"],
  ["a typo in resources", { deployer: { resources: { limit: { memory: "1Gi" } } } }, "limit"],
  ["an authority in base64", { webhook: { certificates: { caBundle: "LS0tLS1CRUdJTg==" } } }, "caBundle"],
  ["a digest that is none", { image: { digest: "latest" } }, "digest"],
])("helm refuses %s, and says where", async (_what, values, place) => {
  expect(await refusalOf(values)).toContain(place);
});

test.each([
  ["a deployer without an address", { deployer: { enabled: true } }, "deployer.couchdb.existingSecret"],
  ["sites in the chart's own namespace", { sites: { namespace: "subscribie-system" } }, "sites.namespace"],
  [
    "a Secret's mode without a Secret",
    { webhook: { certificates: { mode: "secret" } } },
    "webhook.certificates.secretName",
  ],
  [
    "a grace period that is too short to drain",
    { webhook: { shutdownDelaySeconds: 25 } },
    "webhook.terminationGracePeriodSeconds",
  ],
])("helm refuses %s, and says how to mend it", async (_what, values, place) => {
  expect(await refusalOf(values)).toContain(place);
});

test("a parent chart's global values pass", async () => {
  await expect(renderChart({ global: { imageRegistry: "example.org" } })).resolves.not.toHaveLength(0);
});

test("limits and site defaults reach their programs as they were written", async () => {
  const limits = {
    images: { repositories: ["registry.example.org/shops/*"] },
    env: { totalBytes: 1_048_576 },
    resources: { maximum: { cpu: 4, memory: "4Gi" } },
    exemptions: [
      { controls: ["host-path"], site: "legacy", reason: "moves next month", expires: "2030-01-31" },
    ],
  };
  const siteDefaults = { host: "{site}.example.com", env: { GREETING: "{{ not a template }}: #1" } };
  const { data } = z
    .object({ data: z.record(z.string(), z.string()) })
    .parse(find(await renderChart({ limits, siteDefaults }), "ConfigMap", "subscribie-configuration"));
  expect(parseLimits(parse(data["limits.yaml"] ?? ""))).toEqual(parseLimits(limits));
  expect(siteDefaultsSchema.parse(parse(data["site-defaults.yaml"] ?? ""))).toEqual(
    siteDefaultsSchema.parse(siteDefaults),
  );
});

test("without the webhook, the deployer and the role for people there is nothing", async () => {
  await expect(
    renderChart({ webhook: { enabled: false }, operatorRole: { create: false } }),
  ).resolves.toEqual([]);
});

test("every object is in a namespace of its own choice, or in the cluster, and carries the chart's labels", async () => {
  const objects = await renderChart(everything);
  for (const { metadata } of objects) {
    expect([undefined, "subscribie-system", "subscribie-sites"]).toContain(metadata.namespace);
    expect(metadata.labels).toMatchObject({
      "app.kubernetes.io/name": "subscribie",
      "app.kubernetes.io/instance": "subscribie",
      "app.kubernetes.io/managed-by": "Helm",
    });
    // Its own pods are no sites.
    expect(metadata.labels).not.toHaveProperty("subscribie");
  }
});

async function namesOf(fullnameOverride: string): Promise<readonly string[]> {
  const objects = await renderChart({ fullnameOverride });
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

test("two releases share no name but that of the role for people", async () => {
  const [one, two] = await Promise.all([namesOf("one"), namesOf("two")]);
  expect(one.filter((name) => two.includes(name))).toEqual(["ClusterRole/subscribie-operator"]);
});

test("the alerts ask for metrics that the webhook has, and for outcomes that it counts", async () => {
  const rules = JSON.stringify(find(await renderChart(everything), "PrometheusRule")["spec"]);
  const names = new Set(new Metrics().registry.getMetricsAsArray().map(({ name }) => name));
  const asked = rules.match(/subscribie_webhook_\w+/g) ?? [];
  expect(asked).toHaveLength(3);
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
  const failures = ["error", "refused"] as const satisfies readonly Outcome[];
  expect(rules).toContain(`outcome=~\\"${failures.join("|")}\\"`);
});
