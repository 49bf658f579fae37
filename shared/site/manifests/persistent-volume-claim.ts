import type { SiteDefaults } from "../site-defaults.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

export interface PersistentVolumeClaimManifest {
  readonly apiVersion: "v1";
  readonly kind: "PersistentVolumeClaim";
  readonly metadata: SiteMetadata;
  readonly spec: object;
}

/** The volume with the site's database, on one node at a time. Its size can only grow, and only where its class allows. */
export function persistentVolumeClaimManifest(
  identity: SiteIdentity,
  size: string,
  storage: SiteDefaults["storage"],
): PersistentVolumeClaimManifest {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: siteMetadata(identity, identity.siteName),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
    },
  };
}
