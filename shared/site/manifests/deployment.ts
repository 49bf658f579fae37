import type { Hosting } from "../hosting.ts";
import type { SiteDefaults } from "../site-defaults.ts";
import { configMapName, secretName, siteContainer, siteLabels } from "../site-labels.ts";
import { httpPort } from "./service.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

export interface DeploymentManifest {
  readonly apiVersion: "apps/v1";
  readonly kind: "Deployment";
  readonly metadata: SiteMetadata;
  readonly spec: object;
}

/** What of a site's Deployment is not the request's or the operator's to decide any more once it exists. */
export interface LiveDeployment {
  /** The image that the site runs: upgrades own it. */
  readonly image: string;
  /** The replicas to repeat because this field manager still owns them; undefined once somebody scaled the site. */
  readonly replicas: number | undefined;
}

/**
 * The site's Deployment. It stays online while its pods are replaced: a new pod is ready before an old one is told to
 * stop, and an old one goes on answering until that is known everywhere.
 *
 * The ConfigMap and the Secret are mounted, and no digest of them is in the template: a changed payload reaches the
 * running pods as files, without a restart and without a revision that a rollback would have to step over.
 *
 * @param live undefined for a site that does not exist yet
 */
export function deploymentManifest(
  identity: SiteIdentity,
  hosting: Hosting,
  defaults: SiteDefaults,
  live: LiveDeployment | undefined,
): DeploymentManifest {
  const replicas = live === undefined ? (hosting.replicas ?? defaults.replicas) : live.replicas;
  const labels = siteLabels(identity.siteName);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: siteMetadata(identity, identity.siteName),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      revisionHistoryLimit: defaults.revisionHistoryLimit,
      progressDeadlineSeconds: defaults.progressDeadlineSeconds,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(identity.siteName, hosting, defaults, live) },
    },
  };
}

function podSpec(
  siteName: string,
  hosting: Hosting,
  defaults: SiteDefaults,
  live: LiveDeployment | undefined,
): object {
  const hasVolume = storageSize(hosting, defaults) !== undefined;
  return {
    // Every Service of the namespace would be seven environment variables: seven thousand, with a thousand sites.
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    terminationGracePeriodSeconds: defaults.terminationGracePeriodSeconds,
    ...(hasVolume ? { affinity: sameNodeAffinity(siteName) } : {}),
    containers: [container(hosting, defaults, live, hasVolume)],
    volumes: [
      { name: "config", configMap: { name: configMapName(siteName) } },
      { name: "secrets", secret: { secretName: secretName(siteName) } },
      ...(hasVolume ? [{ name: "data", persistentVolumeClaim: { claimName: siteName } }] : []),
    ],
  };
}

/** A ReadWriteOnce volume is on one node, so a new pod starts beside the old one. The first pod may go anywhere. */
function sameNodeAffinity(siteName: string): object {
  return {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: siteLabels(siteName) }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  };
}

function container(
  hosting: Hosting,
  defaults: SiteDefaults,
  live: LiveDeployment | undefined,
  hasVolume: boolean,
): object {
  const { path, ...timing } = defaults.readiness;
  return {
    name: siteContainer,
    image:
      live?.image ?? imageReference(defaults.image.repository, hosting.version ?? defaults.image.version),
    imagePullPolicy: defaults.image.pullPolicy,
    ports: [{ name: httpPort.name, containerPort: defaults.port, protocol: "TCP" }],
    ...environment({ ...defaults.env, ...hosting.env }),
    resources: {
      requests: { ...defaults.resources.requests, ...hosting.resources?.requests },
      limits: { ...defaults.resources.limits, ...hosting.resources?.limits },
    },
    readinessProbe: { httpGet: { path, port: httpPort.name }, ...timing },
    lifecycle: { preStop: { sleep: { seconds: defaults.preStopSeconds } } },
    securityContext: { allowPrivilegeEscalation: false },
    volumeMounts: [
      { name: "config", mountPath: defaults.configMountPath, readOnly: true },
      { name: "secrets", mountPath: defaults.secretMountPath, readOnly: true },
      ...(hasVolume ? [{ name: "data", mountPath: defaults.storage.mountPath }] : []),
    ],
  };
}

/** `$(NAME)` in a value is expanded by Kubernetes, unless the dollar sign is doubled. */
function environment(variables: Readonly<Record<string, string>>): object {
  const env = Object.entries(variables).map(([name, value]) => ({
    name,
    value: value.replaceAll("$", "$$$$"),
  }));
  return env.length === 0 ? {} : { env };
}

function imageReference(repository: string, version: string): string {
  if (version.startsWith("@")) return `${repository}${version}`;
  return version.startsWith("sha256:") ? `${repository}@${version}` : `${repository}:${version}`;
}

/** The size of the site's volume; undefined if it has none. */
export function storageSize(hosting: Hosting, defaults: SiteDefaults): string | undefined {
  return hosting.storage ?? defaults.storage.size;
}
