import * as z from "zod";

/**
 * The operator's configuration of the sites that the deployer makes: one YAML file, every field of which has a
 * default. Unknown fields are errors, so that a typo is found at once.
 */

const quantity = z
  .string()
  .regex(/^\d+(?:\.\d+)?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, "must be a quantity such as 512Mi");

const labelMap = z.record(z.string(), z.string());

const imageSchema = z
  .strictObject({
    repository: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.:/_-]*$/, "must be a repository such as ghcr.io/subscribie/subscribie")
      .default("ghcr.io/subscribie/subscribie")
      .describe("Image repository, without tag"),
    version: z.string().min(1).default("v0.10").describe("Tag or digest for new sites"),
    pullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).default("IfNotPresent"),
  })
  .prefault({});

const resourcesSchema = z
  .strictObject({
    requests: z
      .strictObject({
        cpu: quantity.default("50m"),
        memory: quantity.default("128Mi"),
        "ephemeral-storage": quantity.default("64Mi"),
      })
      .prefault({}),
    limits: z
      .strictObject({
        cpu: quantity.default("500m"),
        memory: quantity.default("512Mi"),
        "ephemeral-storage": quantity.default("1Gi"),
      })
      .prefault({}),
  })
  .prefault({});

const storageSchema = z
  .strictObject({
    size: quantity
      .optional()
      .describe("Size of each site's volume; without it, sites have none unless they ask"),
    maximumSize: quantity.default("10Gi").describe("The most that a request may ask for"),
    className: z.string().optional().describe("Storage class; the cluster's default one if absent"),
    mountPath: z.string().startsWith("/").default("/data"),
  })
  .prefault({});

const tlsSchema = z
  .strictObject({
    enabled: z.boolean().default(false),
    secretName: z
      .string()
      .optional()
      .describe(
        "Secret with a wildcard certificate for the sites' host; each site's own Secret <site>.tls if absent",
      ),
  })
  .prefault({});

const ingressSchema = z
  .strictObject({
    enabled: z.boolean().default(true),
    className: z.string().optional().describe("Ingress class; the cluster's default one if absent"),
    annotations: labelMap.default({}).describe("For example cert-manager.io/cluster-issuer"),
    tls: tlsSchema,
  })
  .prefault({});

const networkPolicySchema = z
  .strictObject({
    enabled: z.boolean().default(false),
    ingressNamespaceLabels: labelMap
      .default({})
      .describe("Labels of the namespaces that may reach the sites; every namespace if empty"),
    blockedEgress: z
      .array(z.string())
      .default(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"])
      .describe("Address ranges that sites cannot reach, name servers aside"),
  })
  .prefault({});

const readinessSchema = z
  .strictObject({
    path: z.string().startsWith("/").default("/health"),
    periodSeconds: z.int().min(1).default(5),
    timeoutSeconds: z.int().min(1).default(3),
    failureThreshold: z.int().min(1).default(3),
  })
  .prefault({});

const domain = z
  .string()
  .max(253)
  .regex(
    /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*$/,
    "must be a domain in lower case, such as example.com",
  );

/** `{site}` once, and a domain after it. */
const hostTemplate = z
  .string()
  .regex(
    /^\{site\}(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)+$/,
    "must be {site} and a domain, such as {site}.example.com",
  )
  .max(190);

export const siteDefaultsSchema = z
  .strictObject({
    image: imageSchema,
    host: hostTemplate.default("{site}.sites.localhost").describe("Host name of each site"),
    reservedDomains: z
      .array(domain)
      .default([])
      .describe("Domains of the operator's own, beside the sites': no request gets a host name in them"),
    port: z.int().min(1).max(65_535).default(80).describe("Port that the container listens on"),
    replicas: z.int().min(0).default(1).describe("Pods of a new site"),
    resources: resourcesSchema,
    readiness: readinessSchema,
    preStopSeconds: z
      .int()
      .min(0)
      .default(5)
      .describe(
        "How long a pod goes on answering after it was told to stop: longer than endpoints take to spread",
      ),
    terminationGracePeriodSeconds: z
      .int()
      .min(1)
      .default(35)
      .describe("More than preStopSeconds and the longest answer together"),
    progressDeadlineSeconds: z
      .int()
      .min(1)
      .default(600)
      .describe("After this, a site that is not available has failed"),
    revisionHistoryLimit: z.int().min(1).default(5),
    configMountPath: z.string().startsWith("/").default("/etc/subscribie/config"),
    secretMountPath: z.string().startsWith("/").default("/etc/subscribie/secrets"),
    env: labelMap.default({}).describe("Environment variables of every site"),
    storage: storageSchema,
    ingress: ingressSchema,
    networkPolicy: networkPolicySchema,
  })
  .prefault({})
  .refine((defaults) => defaults.terminationGracePeriodSeconds > defaults.preStopSeconds, {
    path: ["terminationGracePeriodSeconds"],
    message: "must be more than preStopSeconds",
  })
  .meta({
    title: "Site defaults",
    description: "The operator's configuration of the sites that the deployer makes",
  });

export type SiteDefaults = z.infer<typeof siteDefaultsSchema>;
