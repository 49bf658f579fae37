import * as z from "zod";
import { controlIds } from "./control-ids.ts";
import { parseQuantity } from "./quantity.ts";

/*
 * The operator's configuration of the policy: one YAML file, every field of which has a default. An empty file (or
 * none) is the default policy. A field that is not in the schema is an error, so that a typing error never leaves a
 * limit off.
 */

const quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => parseQuantity(text) !== undefined, "is no Kubernetes quantity, such as 500m or 1Gi");

const wholeNumber = z.int().min(0);
const names = z.array(z.string().min(1));

const resourceName = z.enum(["cpu", "memory", "ephemeral-storage"]);
const resourceBounds = z.partialRecord(resourceName, quantity);

const exemption = z
  .strictObject({
    controls: z.array(z.enum(controlIds)).min(1),
    namespace: z.string().min(1).optional(),
    /** The Deployment's name. */
    site: z.string().min(1).optional(),
    reason: z.string().trim().min(8, "say in a few words why, for whoever reads it next year"),
    /** The first day on which it does not hold any more, in UTC. */
    expires: z.iso.date(),
  })
  .refine(({ namespace, site }) => namespace !== undefined || site !== undefined, {
    message: "an exemption names a namespace, a site or both; to switch a control off for all, set its mode",
  });

const images = z.strictObject({
  /** `registry/path` for one repository, `registry/path/*` for all below it. */
  repositories: names.default(["ghcr.io/subscribie/*"]),
  forbiddenTags: names.default(["latest"]),
  requireDigest: z.boolean().default(false),
  pullPolicies: z.array(z.enum(["Always", "IfNotPresent", "Never"])).default(["Always", "IfNotPresent"]),
  pullSecrets: z.array(z.string().min(1)).default([]),
});

const resources = z.strictObject({
  required: z
    .array(z.templateLiteral([z.enum(["requests", "limits"]), ".", resourceName]))
    .default(["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]),
  minimum: resourceBounds.default({ cpu: "1m", memory: "4Mi" }),
  maximum: resourceBounds.default({ cpu: "2", memory: "2Gi", "ephemeral-storage": "10Gi" }),
});

const containers = z.strictObject({
  regular: wholeNumber.default(3),
  init: wholeNumber.default(3),
  sidecars: wholeNumber.default(1),
  ephemeral: wholeNumber.default(1),
  ports: wholeNumber.default(8),
});

const volumes = z.strictObject({
  types: names.default([
    "configMap",
    "downwardAPI",
    "emptyDir",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ]),
  count: wholeNumber.default(12),
  mountsPerContainer: wholeNumber.default(20),
  /** Largest emptyDir or generic ephemeral volume. */
  size: quantity.default("2Gi"),
  /** Largest emptyDir in memory. */
  memorySize: quantity.default("64Mi"),
  csiDrivers: z.array(z.string().min(1)).default([]),
  storageClasses: z.array(z.string().min(1)).default([]),
  forbiddenMountPaths: names.default([
    "/proc",
    "/sys",
    "/dev",
    "/var/run/secrets",
    "/run/secrets",
    "/var/run/docker.sock",
    "/run/containerd",
  ]),
});

const env = z.strictObject({
  count: wholeNumber.default(100),
  valueBytes: wholeNumber.default(4096),
  totalBytes: wholeNumber.default(32_768),
  /** Names, or beginnings that end in `*`, which change how the program or its libraries load and trust code. */
  reservedNames: names.default([
    "LD_*",
    "DYLD_*",
    "GCONV_PATH",
    "KUBERNETES_*",
    "BASH_ENV",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
  ]),
});

/** Objects of the namespace that sites may use although they belong to none of them. */
const references = z.strictObject({
  secrets: z.array(z.string().min(1)).default([]),
  configMaps: z.array(z.string().min(1)).default(["kube-root-ca.crt"]),
  claims: z.array(z.string().min(1)).default([]),
});

const scheduling = z.strictObject({
  schedulers: names.default(["default-scheduler"]),
  nodeSelectorKeys: z.array(z.string().min(1)).default([]),
  nodeAffinity: z.boolean().default(false),
  topologyKeys: names.default(["kubernetes.io/hostname", "topology.kubernetes.io/zone"]),
  tolerationKeys: names.default(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]),
  priorityClasses: z.array(z.string().min(1)).default([]),
  runtimeClasses: z.array(z.string().min(1)).default([]),
});

/** Annotation keys, or beginnings that end in `*`, that make some controller change the pod or its traffic. */
const forbiddenAnnotations = [
  "nginx.ingress.kubernetes.io/*",
  "haproxy.org/*",
  "haproxy-ingress.github.io/*",
  "traefik.ingress.kubernetes.io/*",
  "sidecar.istio.io/*",
  "proxy.istio.io/*",
  "inject.istio.io/*",
  "istio.io/*",
  "ambient.istio.io/*",
  "traffic.sidecar.istio.io/*",
  "linkerd.io/*",
  "config.linkerd.io/*",
  "config.alpha.linkerd.io/*",
  "consul.hashicorp.com/*",
  "vault.hashicorp.com/*",
  "instrumentation.opentelemetry.io/*",
  "sidecar.opentelemetry.io/*",
  "dapr.io/*",
  "kuma.io/*",
  "appmesh.k8s.aws/*",
  "openservicemesh.io/*",
  "gke-gcsfuse/*",
  "admission.datadoghq.com/*",
  "k8s.v1.cni.cncf.io/*",
  "v1.multus-cni.io/*",
  "cni.projectcalico.org/*",
  "ovn.kubernetes.io/*",
  "networking.gke.io/*",
  "vpc.amazonaws.com/*",
  "kubernetes.io/ingress-bandwidth",
  "kubernetes.io/egress-bandwidth",
  "kubernetes.io/psp",
  "io.kubernetes.cri-o.*",
  "io.kubernetes.cri.*",
  "io.containerd.*",
  "org.systemd.property.*",
  "run.oci.*",
  "devices.nri.io/*",
  "io.katacontainers.*",
  "seccomp.security.alpha.kubernetes.io/*",
  "container.seccomp.security.alpha.kubernetes.io/*",
  "security.alpha.kubernetes.io/*",
  "scheduler.alpha.kubernetes.io/*",
  "iam.amazonaws.com/*",
  "eks.amazonaws.com/*",
  "iam.gke.io/*",
  "azure.workload.identity/*",
];

const annotations = z.strictObject({
  forbidden: names.default(forbiddenAnnotations),
  totalBytes: wholeNumber.default(65_536),
});

/** What the mutating half sets where the author was silent. */
const defaults = z.strictObject({
  requests: resourceBounds.default({ cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" }),
  limits: resourceBounds.default({ cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" }),
  maxSurge: z.union([wholeNumber, z.string()]).default(1),
  revisionHistoryLimit: wholeNumber.default(5),
  terminationGracePeriodSeconds: wholeNumber.default(35),
  preStopSleepSeconds: wholeNumber.default(5),
  readinessPath: z.string().startsWith("/").default("/health"),
  /** For a container that declares no port. */
  readinessPort: z.int().min(1).max(65_535).default(80),
});

const range = (minimum: number, maximum: number) =>
  z
    .strictObject({ minimum: wholeNumber.default(minimum), maximum: wholeNumber.default(maximum) })
    .prefault({});

export const limitsSchema = z
  .strictObject({
    podSecurity: z.enum(["baseline", "restricted"]).default("baseline"),
    /** Another mode than a control's own. */
    controls: z.partialRecord(z.enum(controlIds), z.enum(["deny", "warn", "audit"])).default({}),
    exemptions: z.array(exemption).default([]),
    images: images.prefault({}),
    resources: resources.prefault({}),
    replicas: z
      .strictObject({ minimum: wholeNumber.default(0), maximum: wholeNumber.default(10) })
      .prefault({}),
    containers: containers.prefault({}),
    volumes: volumes.prefault({}),
    env: env.prefault({}),
    commands: z
      .strictObject({
        items: wholeNumber.default(64),
        bytes: wholeNumber.default(8192),
        /** Programs that no command runs, by their name without a path. */
        forbiddenPrograms: names.default([
          "sudo",
          "doas",
          "nsenter",
          "unshare",
          "chroot",
          "insmod",
          "modprobe",
        ]),
      })
      .prefault({}),
    probes: z
      .strictObject({
        minimumPeriodSeconds: wholeNumber.default(2),
        maximumTimeoutSeconds: wholeNumber.default(60),
      })
      .prefault({}),
    references: references.prefault({}),
    serviceAccounts: z
      .strictObject({ allowed: names.default(["default"]), tokens: z.boolean().default(false) })
      .prefault({}),
    scheduling: scheduling.prefault({}),
    annotations: annotations.prefault({}),
    dnsPolicies: names.default(["ClusterFirst", "Default"]),
    terminationGracePeriodSeconds: range(1, 180),
    progressDeadlineSeconds: range(30, 3600),
    minReadySeconds: range(0, 300),
    revisionHistoryLimit: range(1, 20),
    /** How many pods of a site may be missing during a rolling update. */
    maxUnavailable: wholeNumber.default(0),
    finalizers: names.default(["foregroundDeletion", "orphan"]),
    defaults: defaults.prefault({}),
    workloads: z
      .strictObject({
        /** User names whose pods and other workloads are not checked: `system:serviceaccount:NAMESPACE:NAME`. */
        exemptUsers: z.array(z.string().min(1)).default([]),
        /** Ready-made sets of such users. */
        presets: z.array(z.enum(["cert-manager"])).default([]),
      })
      .prefault({}),
  })
  .superRefine(checkDefaults);

export type Limits = Readonly<z.output<typeof limitsSchema>>;
export type Exemption = Limits["exemptions"][number];

/** The default policy. */
export const defaultLimits: Limits = limitsSchema.parse({});

/** A limits file was wrong; `message` names each field and what is wrong with it. */
export class LimitsError extends Error {
  override readonly name = "LimitsError";
}

/**
 * Limits from a parsed limits file (null, as an empty YAML text gives, is the default policy).
 * @throws LimitsError with every mistake in one line
 */
export function parseLimits(content: unknown): Limits {
  const result = limitsSchema.safeParse(content ?? {});
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(
    ({ path, message }) => `${path.join(".") || "the file"}: ${message}`,
  );
  throw new LimitsError(mistakes.join("; "));
}

/** Our own defaults have to be within the limits, or the mutating half would make what the validating half refuses. */
function checkDefaults(
  limits: {
    defaults: z.output<typeof defaults>;
    resources: z.output<typeof resources>;
    revisionHistoryLimit: { minimum: number; maximum: number };
    terminationGracePeriodSeconds: { minimum: number; maximum: number };
  },
  context: z.RefinementCtx,
): void {
  const report = (path: readonly string[], message: string) =>
    context.addIssue({ code: "custom", path: ["defaults", ...path], message });
  for (const list of ["requests", "limits"] as const) {
    for (const name of resourceName.options) {
      const value = parseQuantity(limits.defaults[list][name]);
      if (value === undefined) continue;
      const maximum = parseQuantity(limits.resources.maximum[name]);
      const minimum = parseQuantity(limits.resources.minimum[name]);
      if (maximum !== undefined && value > maximum)
        report([list, name], `is more than resources.maximum.${name}`);
      if (minimum !== undefined && value < minimum)
        report([list, name], `is less than resources.minimum.${name}`);
      const limit = parseQuantity(limits.defaults.limits[name]);
      if (list === "requests" && limit !== undefined && value > limit)
        report([list, name], `is more than defaults.limits.${name}`);
    }
  }
  for (const name of ["revisionHistoryLimit", "terminationGracePeriodSeconds"] as const) {
    const { minimum, maximum } = limits[name];
    const value = limits.defaults[name];
    if (value < minimum || value > maximum) report([name], `is not within ${name}: ${minimum} to ${maximum}`);
  }
}
