import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { chartDirectory, helm, runHelm } from "./helm.ts";

/** Where the tests install the chart; sites are in {@link sitesNamespace}. */
export const chartNamespace = "subscribie-system";
export const sitesNamespace = "subscribie-sites";

/** Rendered without a cluster, the chart is made for this release; an old helm thinks of one that the chart refuses. */
const oldestKubernetes = "1.34.0";

const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

const rule = z.strictObject({
  apiGroups: z.array(z.string()),
  apiVersions: z.array(z.string()),
  resources: z.array(z.string()),
  operations: z.array(z.string()),
  scope: z.string(),
});

/** One webhook of either configuration. */
const webhookEntry = z.strictObject({
  name: z.string(),
  admissionReviewVersions: z.array(z.string()),
  sideEffects: z.string(),
  matchPolicy: z.string(),
  failurePolicy: z.string(),
  reinvocationPolicy: z.string().optional(),
  timeoutSeconds: z.number(),
  clientConfig: z.strictObject({
    service: z.strictObject({
      namespace: z.string(),
      name: z.string(),
      path: z.string(),
      port: z.number(),
    }),
    caBundle: z.string().optional(),
  }),
  namespaceSelector: labelSelector,
  objectSelector: labelSelector.optional(),
  matchConditions: z.array(z.strictObject({ name: z.string(), expression: z.string() })).default([]),
  rules: z.array(rule),
});

export type WebhookEntry = z.infer<typeof webhookEntry>;

const webhookConfiguration = z.object({ webhooks: z.array(webhookEntry) });

const renderedObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

export type RenderedObject = z.infer<typeof renderedObject>;

/** Everything on that can be. */
export const everything = {
  sites: { createNamespace: true },
  deployer: { enabled: true, couchdb: { existingSecret: "couchdb" } },
  operatorRole: {
    subjects: [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "shop-operators" }],
  },
  networkPolicy: { enabled: true },
  admissionPolicy: { enabled: true },
  monitoring: { serviceMonitor: { enabled: true }, alerts: { enabled: true } },
} as const;

function templateArguments(namespace: string): readonly string[] {
  const flags = ["--namespace", namespace, "--kube-version", oldestKubernetes, "--values", "-"];
  return ["template", "subscribie", chartDirectory, ...flags];
}

/** The objects that the chart makes with these values. */
export async function renderChart(
  values: object = {},
  namespace: string = chartNamespace,
): Promise<readonly RenderedObject[]> {
  const text = await helm(templateArguments(namespace), undefined, JSON.stringify(values));
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((object) => object !== null)
    .map((object) => renderedObject.parse(object));
}

/** What helm says of values that it refuses. */
export async function refusalOf(values: object): Promise<string> {
  const { code, stderr } = await runHelm(
    templateArguments(chartNamespace),
    undefined,
    JSON.stringify(values),
  );
  if (code === 0) throw new Error(`helm took ${JSON.stringify(values)}`);
  return stderr;
}

/** The one object of a kind, or that of this name. */
export function find(objects: readonly RenderedObject[], kind: string, name?: string): RenderedObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} objects are a ${kind} ${name ?? ""}`);
  }
  return only;
}

/** The webhooks of one of the two configurations. */
export function entries(
  objects: readonly RenderedObject[],
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
): readonly WebhookEntry[] {
  return webhookConfiguration.parse(find(objects, kind)).webhooks;
}
