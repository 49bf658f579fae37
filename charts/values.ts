import * as z from "zod";
import { limitsSchema } from "../shared/policy/limits.ts";
import { siteDefaultsSchema } from "../shared/site/site-defaults.ts";

/*
 * The chart's values: each one's type, default and description, written here only. generate.ts makes the chart's
 * values.yaml, values.schema.json and the table of its README from them. Every object is strict, so that Helm refuses
 * a value that nobody reads.
 */

/** What the API server checks, field by field. */
const kubernetesObject = z.record(z.string(), z.unknown());
const labels = z.record(z.string(), z.string());
const name = z.string().max(253);

const quantities = z.record(z.string(), z.union([z.string(), z.number()]));

const resources = (
  requests: Readonly<Record<string, string>>,
  limits: Readonly<Record<string, string>>,
) =>
  z
    .strictObject({
      requests: quantities.optional(),
      limits: quantities.optional(),
      claims: z.array(kubernetesObject).optional(),
    })
    .default({ requests, limits })
    .describe("Resources of the container");

const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.string().optional(),
  value: z.string().optional(),
  effect: z.string().optional(),
  tolerationSeconds: z.int().optional(),
});

const affinity = z.strictObject({
  nodeAffinity: kubernetesObject.optional(),
  podAffinity: kubernetesObject.optional(),
  podAntiAffinity: kubernetesObject.optional(),
});

const topologySpreadConstraint = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: z.string().min(1),
  whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]),
  labelSelector: kubernetesObject.optional(),
  matchLabelKeys: z.array(z.string()).optional(),
  minDomains: z.int().optional(),
  nodeAffinityPolicy: z.enum(["Honor", "Ignore"]).optional(),
  nodeTaintsPolicy: z.enum(["Honor", "Ignore"]).optional(),
});

const subject = z.strictObject({
  kind: z.enum(["User", "Group", "ServiceAccount"]),
  name: z.string().min(1),
  namespace: z.string().optional(),
  apiGroup: z.string().optional(),
});

/** Where pods run, and how they are marked: the same for both Deployments. */
const placement = {
  priorityClassName: name.default("").describe("PriorityClass of the pods"),
  nodeSelector: labels.default({}).describe("Node labels that the pods need"),
  tolerations: z.array(toleration).default([]).describe("Taints that the pods tolerate"),
  affinity: affinity.default({}).describe("Affinity of the pods"),
  podLabels: labels.default({}).describe("More labels of the pods"),
  podAnnotations: labels.default({}).describe("Annotations of the pods"),
};

const image = z
  .strictObject({
    repository: z
      .string()
      .min(1)
      .default("ghcr.io/subscribie/kubectl-subscribie")
      .describe("Image, without tag"),
    tag: z.string().default("").describe("Tag; the chart's appVersion if empty"),
    digest: z
      .union([z.literal(""), z.string().regex(/^sha256:[0-9a-f]{64}$/)])
      .default("")
      .describe("Digest (sha256:…), which wins over the tag"),
    pullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent").describe("Pull policy"),
    pullSecrets: z
      .array(z.strictObject({ name }))
      .default([])
      .describe("Secrets to pull with, as in a pod's imagePullSecrets"),
  })
  .prefault({});

const sites = z
  .strictObject({
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/)
      .default("subscribie-sites")
      .describe("Namespace that the deployer makes sites in; never the chart's own"),
    createNamespace: z
      .boolean()
      .default(false)
      .describe(
        "Create that namespace, labelled for the webhooks; it and the sites in it stay when the chart is uninstalled",
      ),
    podSecurity: z
      .enum(["", "baseline", "restricted"])
      .default("baseline")
      .describe("Pod Security Standard that a created namespace enforces; none if empty"),
  })
  .prefault({});

const timeout = z.int().min(1).max(30).default(5);

const issuerRef = z
  .strictObject({
    name: name.default("").describe("An issuer of yours; the chart makes a CA of its own if empty"),
    kind: z.enum(["Issuer", "ClusterIssuer"]).default("Issuer").describe("Its kind"),
    group: z.string().default("cert-manager.io").describe("Its API group"),
  })
  .prefault({});

const certificates = z
  .strictObject({
    mode: z
      .enum(["self", "certManager", "secret"])
      .default("self")
      .describe("self: the webhook makes and renews its own; certManager: cert-manager does; secret: you do"),
    secretName: name.default("").describe("With mode secret: your Secret with tls.crt and tls.key"),
    caBundle: z
      .union([z.literal(""), z.string().regex(/^\s*-----BEGIN CERTIFICATE-----\s/)])
      .default("")
      .describe(
        "With mode secret: the PEM certificate (not base64 of it) of the CA that signed it, or several; unless something else injects it",
      ),
    certManager: z
      .strictObject({
        issuerRef,
        duration: z.string().default("2160h").describe("Lifetime of the serving certificate"),
        renewBefore: z.string().default("720h").describe("How long before its end it is renewed"),
      })
      .prefault({}),
  })
  .prefault({});

const webhook = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Install the admission webhook"),
    replicas: z
      .int()
      .min(1)
      .default(2)
      .describe("Pods of the webhook; fewer than 2 refuse sites while one restarts"),
    port: z
      .int()
      .min(1024)
      .max(65_535)
      .default(8443)
      .describe("Port of the container; open it to the API server in firewalls"),
    servicePort: z.int().min(1).max(65_535).default(443).describe("Port of the Service"),
    hostNetwork: z
      .boolean()
      .default(false)
      .describe(
        "Use the node's network, for clusters whose API server cannot reach pods (EKS with another CNI); an upgrade then needs a node more than replicas",
      ),
    mutating: z
      .strictObject({
        failurePolicy: z
          .enum(["Ignore", "Fail"])
          .default("Ignore")
          .describe(
            "What happens to a site while no webhook answers: the validating half decides if ignored",
          ),
        timeoutSeconds: timeout.describe("Longest wait of the API server"),
      })
      .prefault({}),
    validating: z
      .strictObject({
        failurePolicy: z
          .enum(["Ignore", "Fail"])
          .default("Fail")
          .describe("What happens to a site while no webhook answers: refused, or let in unchecked"),
        timeoutSeconds: timeout.describe("Longest wait of the API server"),
      })
      .prefault({}),
    labelledElsewhere: z
      .boolean()
      .default(true)
      .describe("Also see Deployments labelled subscribie=site in namespaces that are not enforced"),
    workloads: z
      .boolean()
      .default(true)
      .describe(
        "Also check pods, ReplicaSets, Jobs and the like in enforced namespaces, so that the policy has no way around",
      ),
    excludedNamespaces: z
      .array(name)
      .default([])
      .describe("More namespaces that the webhooks never see, besides the chart's own and the cluster's"),
    certificates,
    terminationGracePeriodSeconds: z
      .int()
      .min(10)
      .default(30)
      .describe("Time to finish the requests under way"),
    shutdownDelaySeconds: z
      .int()
      .min(0)
      .default(5)
      .describe(
        "How long a pod goes on answering after it was told to stop: longer than endpoints take to spread",
      ),
    podDisruptionBudget: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Keep a pod while nodes are drained"),
        maxUnavailable: z
          .union([z.int(), z.string()])
          .default(1)
          .describe("Pods that may be missing; with one replica, 1 lets a drain go on"),
      })
      .prefault({}),
    topologySpreadConstraints: z
      .array(topologySpreadConstraint)
      .default([])
      .describe("Spread of the pods; over nodes and zones, as far as possible, if empty"),
    resources: resources({ cpu: "50m", memory: "96Mi" }, { memory: "256Mi" }),
    extraArgs: z.array(z.string()).default([]).describe("More arguments of subscribie-webhook"),
    ...placement,
  })
  .prefault({});

const deployer = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Install the deployer, which turns queued site requests into sites"),
    replicas: z.int().min(0).default(1).describe("Pods of the deployer; several share the queue"),
    couchdb: z
      .strictObject({
        existingSecret: name
          .default("")
          .describe("Secret in the chart's namespace with the queue's address, credentials included; needed"),
        key: z
          .string()
          .min(1)
          .default("url")
          .describe("Its key, whose value is like http://user:password@couchdb:5984/subscribie"),
      })
      .prefault({}),
    port: z.int().min(1024).max(65_535).default(8080).describe("Port of its health and its metrics"),
    resources: resources({ cpu: "50m", memory: "128Mi" }, { memory: "512Mi" }),
    terminationGracePeriodSeconds: z.int().min(1).default(60).describe("Time to finish the sites under way"),
    extraArgs: z
      .array(z.string())
      .default([])
      .describe("More arguments of kubectl subscribie deploy --watch"),
    ...placement,
  })
  .prefault({});

const operatorRole = z
  .strictObject({
    create: z
      .boolean()
      .default(true)
      .describe("Create the ClusterRole subscribie-operator, for people who run rollouts"),
    subjects: z
      .array(subject)
      .default([])
      .describe(
        "Users, groups or service accounts to bind to it in the whole cluster, as in a ClusterRoleBinding",
      ),
  })
  .prefault({});

const admissionPolicy = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        "Install a ValidatingAdmissionPolicy that refuses the worst (privileged, host access) even while no webhook runs",
      ),
    validationActions: z
      .array(z.enum(["Deny", "Warn", "Audit"]))
      .min(1)
      .default(["Deny"])
      .describe("What happens to what it finds"),
  })
  .prefault({});

const networkPolicy = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Restrict the traffic of the chart's pods to what they need"),
    apiServerPorts: z
      .array(z.int().min(1).max(65_535))
      .default([443, 6443])
      .describe("Ports of the API server, as pods reach it"),
    couchdbPorts: z.array(z.int().min(1).max(65_535)).default([443, 5984, 6984]).describe("Ports of CouchDB"),
  })
  .prefault({});

const monitoring = z
  .strictObject({
    serviceMonitor: z
      .strictObject({
        enabled: z.boolean().default(false).describe("Install a ServiceMonitor (and a PodMonitor for the deployer) of the Prometheus operator"),
        interval: z.string().default("30s").describe("Time between scrapes"),
        labels: labels.default({}).describe("Labels by which your Prometheus finds it"),
      })
      .prefault({}),
    alerts: z
      .strictObject({
        enabled: z.boolean().default(false).describe("Install alert rules (a PrometheusRule)"),
        labels: labels.default({}).describe("Labels by which your Prometheus finds them"),
      })
      .prefault({}),
  })
  .prefault({});

export const valuesSchema = z.strictObject({
  global: kubernetesObject.default({}).describe("Helm's own: values of parent charts; none is read"),
  nameOverride: z.string().max(40).default("").describe("Another name than the chart's in labels and names"),
  fullnameOverride: z.string().max(40).default("").describe("The whole name of the objects"),
  image,
  sites,
  limits: limitsSchema.prefault({}).describe("The policy's limits; every field is in the table Limits below"),
  siteDefaults: siteDefaultsSchema.describe(
    "What new sites are made of; every field is in the table Site defaults below",
  ),
  webhook,
  deployer,
  operatorRole,
  admissionPolicy,
  networkPolicy,
  monitoring,
});
