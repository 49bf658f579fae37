import { ownerAnnotation, siteLabels } from "../site-labels.ts";
import { ownerDigest } from "../site-owner.ts";
import type { SiteOwner } from "../site-owner.ts";

/** Which site an object belongs to, and where. */
export interface SiteIdentity {
  readonly siteName: string;
  readonly namespace: string;
  readonly owner: SiteOwner;
}

/** The metadata that each of a site's objects has. */
export interface SiteMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** @param name the object's own name, from site-labels.ts or the site's */
export function siteMetadata(identity: SiteIdentity, name: string): SiteMetadata {
  return {
    name,
    namespace: identity.namespace,
    labels: { ...siteLabels(identity.siteName), "app.kubernetes.io/managed-by": "kubectl-subscribie" },
    annotations: { [ownerAnnotation]: ownerDigest(identity.owner) },
  };
}
