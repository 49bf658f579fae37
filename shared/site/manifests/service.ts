import { siteLabels } from "../site-labels.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

/** The Service's port and the container's, by name. */
export const httpPort = { name: "http", servicePort: 80 } as const;

export interface ServiceManifest {
  readonly apiVersion: "v1";
  readonly kind: "Service";
  readonly metadata: SiteMetadata;
  readonly spec: object;
}

/** What the site's Ingress, and nothing else, sends requests to. */
export function serviceManifest(identity: SiteIdentity): ServiceManifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: siteMetadata(identity, identity.siteName),
    spec: {
      type: "ClusterIP",
      selector: siteLabels(identity.siteName),
      ports: [
        { name: httpPort.name, port: httpPort.servicePort, targetPort: httpPort.name, protocol: "TCP" },
      ],
    },
  };
}
