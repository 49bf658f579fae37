import type { SiteDefaults } from "../site-defaults.ts";
import { certificateSecretName } from "../site-labels.ts";
import { siteHost } from "../site-url.ts";
import { httpPort } from "./service.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

export interface IngressManifest {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "Ingress";
  readonly metadata: SiteMetadata;
  readonly spec: object;
}

/** Sends the requests for the site's host names to its Service. */
export function ingressManifest(
  identity: SiteIdentity,
  hostnames: readonly string[],
  defaults: SiteDefaults,
): IngressManifest {
  const { className, annotations, tls } = defaults.ingress;
  const metadata = siteMetadata(identity, identity.siteName);
  const ownHost = siteHost(identity.siteName, defaults);
  const service = { name: identity.siteName, port: { name: httpPort.name } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { ...metadata, annotations: { ...annotations, ...metadata.annotations } },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      rules: [ownHost, ...hostnames].map((host) => ({
        host,
        http: { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] },
      })),
      ...(tls.enabled ? { tls: certificates(identity.siteName, ownHost, hostnames, tls.secretName) } : {}),
    },
  };
}

interface Certificate {
  readonly hosts: readonly string[];
  readonly secretName: string;
}

/** A wildcard certificate covers the host name from the template only; the site's others need one of its own. */
function certificates(
  siteName: string,
  ownHost: string,
  hostnames: readonly string[],
  wildcardSecret: string | undefined,
): readonly Certificate[] {
  const secretName = certificateSecretName(siteName);
  if (wildcardSecret === undefined) return [{ hosts: [ownHost, ...hostnames], secretName }];
  const wildcard = { hosts: [ownHost], secretName: wildcardSecret };
  return hostnames.length === 0 ? [wildcard] : [wildcard, { hosts: hostnames, secretName }];
}
