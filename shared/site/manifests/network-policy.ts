import type { SiteDefaults } from "../site-defaults.ts";
import { siteLabels } from "../site-labels.ts";
import { httpPort } from "./service.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

export interface NetworkPolicyManifest {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "NetworkPolicy";
  readonly metadata: SiteMetadata;
  readonly spec: object;
}

/** Lets chosen namespaces reach the site's port, and the site reach name servers and the world, but no neighbours. */
export function networkPolicyManifest(identity: SiteIdentity, defaults: SiteDefaults): NetworkPolicyManifest {
  const { ingressNamespaceLabels, blockedEgress } = defaults.networkPolicy;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: siteMetadata(identity, identity.siteName),
    spec: {
      podSelector: { matchLabels: siteLabels(identity.siteName) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: ingressNamespaceLabels } }],
          ports: [{ port: httpPort.name, protocol: "TCP" }],
        },
      ],
      egress: [
        {
          ports: [
            { port: 53, protocol: "UDP" },
            { port: 53, protocol: "TCP" },
          ],
        },
        { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: blockedEgress } }] },
      ],
    },
  };
}
