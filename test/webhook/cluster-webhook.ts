import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { client } from "../control-plane/test-cluster.ts";
import { namespaceLabel, namespaceLabelValue } from "../../shared/site/site-labels.ts";
import { createTestCertificates } from "./test-certificates.ts";
import { startWebhookProcess } from "./webhook-process.ts";
import type { WebhookProcess } from "./webhook-process.ts";

const group = "/apis/admissionregistration.k8s.io/v1";

const rule = (apiGroup: string, resources: readonly string[], operations: readonly string[]) => ({
  apiGroups: [apiGroup],
  apiVersions: ["v1"],
  resources,
  operations,
  scope: "Namespaced",
});

const sites = [rule("apps", ["deployments"], ["CREATE", "UPDATE"])];
const scales = [rule("apps", ["deployments/scale"], ["UPDATE"])];
const workloads = [
  rule("", ["pods", "replicationcontrollers"], ["CREATE", "UPDATE"]),
  rule("", ["pods/ephemeralcontainers"], ["UPDATE"]),
  rule("apps", ["replicasets", "statefulsets", "daemonsets"], ["CREATE", "UPDATE"]),
  rule("apps", ["replicasets/scale", "statefulsets/scale"], ["UPDATE"]),
  rule("batch", ["jobs", "cronjobs"], ["CREATE", "UPDATE"]),
];

/** Who keeps making pods after a site was judged; the webhook knows them too. */
const builtInControllers = '!request.userInfo.username.startsWith("system:serviceaccount:kube-system:")';

/** A webhook that the shared control plane calls for the namespaces with `labels`, and for labelled sites in those with `elsewhereLabels`. */
export interface ClusterWebhook {
  readonly labels: Readonly<Record<string, string>>;
  readonly elsewhereLabels: Readonly<Record<string, string>>;
  /** The name of both configurations. */
  readonly configuration: string;
  readonly process: WebhookProcess;
  readonly limitsFile: string;
  readonly stop: () => Promise<void>;
}

export interface ClusterWebhookOptions {
  /** A limits file's text. */
  readonly limits?: string;
}

/** Starts the webhook's program and has the API server call it by URL on loopback. */
export async function startClusterWebhook({
  limits = "",
}: ClusterWebhookOptions = {}): Promise<ClusterWebhook> {
  const id = `webhook-${randomBytes(4).toString("hex")}`;
  const directory = await mkdtemp(path.join(tmpdir(), `${id}-`));
  const file = (name: string) => path.join(directory, name);
  const { authority, serving } = await createTestCertificates();
  await writeFile(file("tls.crt"), serving.certificate);
  await writeFile(file("tls.key"), serving.privateKey);
  await writeFile(file("limits.yaml"), limits);
  const process = await startWebhookProcess([
    `--tls-cert-file=${file("tls.crt")}`,
    `--tls-private-key-file=${file("tls.key")}`,
    `--limits-file=${file("limits.yaml")}`,
  ]);
  const labels = { [namespaceLabel]: namespaceLabelValue, "test-webhook": id };
  const elsewhereLabels = { "test-webhook-elsewhere": id };
  const urls = (endpoint: string) => `https://127.0.0.1:${process.port}/${endpoint}`;
  await configureWebhooks(id, { urls, caBundle: authority.certificate, labels, elsewhereLabels });
  return {
    labels,
    elsewhereLabels,
    configuration: id,
    process,
    limitsFile: file("limits.yaml"),
    async stop() {
      await removeWebhookConfigurations(id);
      await process.stop();
      await rm(directory, { recursive: true });
    },
  };
}

export async function removeWebhookConfigurations(name: string): Promise<void> {
  for (const kind of ["mutating", "validating"]) {
    await client.request("DELETE", `${group}/${kind}webhookconfigurations/${name}`);
  }
}

export interface WebhookConfigurationOptions {
  readonly urls: (endpoint: "mutate" | "validate") => string;
  /** PEM; none for a webhook that fills it in itself. */
  readonly caBundle?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly elsewhereLabels: Readonly<Record<string, string>>;
}

/** Creates both configurations, in the shape that the chart gives them. */
export async function configureWebhooks(name: string, options: WebhookConfigurationOptions): Promise<void> {
  const entry = (endpoint: "mutate" | "validate", fields: object) => ({
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    matchPolicy: "Equivalent",
    timeoutSeconds: 5,
    failurePolicy: endpoint === "mutate" ? "Ignore" : "Fail",
    namespaceSelector: { matchLabels: options.labels },
    clientConfig: {
      url: options.urls(endpoint),
      ...(options.caBundle === undefined
        ? {}
        : { caBundle: Buffer.from(options.caBundle).toString("base64") }),
    },
    ...fields,
  });
  const elsewhere = {
    namespaceSelector: { matchLabels: options.elsewhereLabels },
    objectSelector: { matchLabels: { subscribie: "site" } },
    rules: sites,
  };
  const reinvocationPolicy = "IfNeeded";
  await create("mutating", name, [
    entry("mutate", { name: "sites.mutate.subscribie.co.uk", rules: sites, reinvocationPolicy }),
    entry("mutate", { name: "labelled.mutate.subscribie.co.uk", ...elsewhere, reinvocationPolicy }),
  ]);
  await create("validating", name, [
    entry("validate", { name: "sites.validate.subscribie.co.uk", rules: [...sites, ...scales] }),
    entry("validate", { name: "labelled.validate.subscribie.co.uk", ...elsewhere }),
    entry("validate", {
      name: "workloads.validate.subscribie.co.uk",
      rules: workloads,
      matchConditions: [{ name: "not-a-controller", expression: builtInControllers }],
    }),
  ]);
}

async function create(
  type: "mutating" | "validating",
  name: string,
  webhooks: readonly object[],
): Promise<void> {
  const kind = type === "mutating" ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration";
  const body = { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, webhooks };
  const { status, body: answer } = await client.request("POST", `${group}/${type}webhookconfigurations`, {
    body,
  });
  if (status !== 201) throw new Error(`creating ${kind} ${name}: ${status} ${JSON.stringify(answer)}`);
}
