import { configMapManifest } from "./manifests/config-map.ts";
import type { ConfigMapManifest } from "./manifests/config-map.ts";
import { deploymentManifest, storageSize } from "./manifests/deployment.ts";
import type { DeploymentManifest, LiveDeployment } from "./manifests/deployment.ts";
import { ingressManifest } from "./manifests/ingress.ts";
import type { IngressManifest } from "./manifests/ingress.ts";
import { networkPolicyManifest } from "./manifests/network-policy.ts";
import type { NetworkPolicyManifest } from "./manifests/network-policy.ts";
import { persistentVolumeClaimManifest } from "./manifests/persistent-volume-claim.ts";
import type { PersistentVolumeClaimManifest } from "./manifests/persistent-volume-claim.ts";
import { secretManifest } from "./manifests/secret.ts";
import type { SecretManifest } from "./manifests/secret.ts";
import { serviceManifest } from "./manifests/service.ts";
import type { ServiceManifest } from "./manifests/service.ts";
import type { SiteIdentity } from "./manifests/site-metadata.ts";
import type { SiteDefaults } from "./site-defaults.ts";
import type { SiteRequest } from "./site-request.ts";

/** A site's objects, whole, as server-side apply wants them. */
export interface SiteManifests {
  readonly secret: SecretManifest;
  /** What the Deployment needs beside the Secret, in the order of `kubectl apply`. */
  readonly dependencies: readonly (
    | ConfigMapManifest
    | PersistentVolumeClaimManifest
    | ServiceManifest
    | IngressManifest
    | NetworkPolicyManifest
  )[];
  /** To be applied last: a pod that starts finds everything. */
  readonly deployment: DeploymentManifest;
}

/**
 * The objects that a site consists of. The request's texts are in data values of the Secret and the ConfigMap, and
 * nowhere else; its hosting fields are in the fields that they stand for.
 *
 * @param live what a site that exists already keeps; undefined for a new one
 */
export function siteManifests(
  identity: SiteIdentity,
  request: SiteRequest,
  defaults: SiteDefaults,
  live: LiveDeployment | undefined,
): SiteManifests {
  const { hosting, payload, secrets } = request;
  const size = storageSize(hosting, defaults);
  return {
    secret: secretManifest(identity, secrets),
    dependencies: [
      configMapManifest(identity, payload),
      ...(size === undefined ? [] : [persistentVolumeClaimManifest(identity, size, defaults.storage)]),
      serviceManifest(identity),
      ...(defaults.ingress.enabled ? [ingressManifest(identity, hosting.hostnames ?? [], defaults)] : []),
      ...(defaults.networkPolicy.enabled ? [networkPolicyManifest(identity, defaults)] : []),
    ],
    deployment: deploymentManifest(identity, hosting, defaults, live),
  };
}
