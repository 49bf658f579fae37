import { secretName } from "../site-labels.ts";
import type { SiteRequest } from "../site-request.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

export interface SecretManifest {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: SiteMetadata;
  readonly type: "Opaque";
  readonly data: Readonly<Record<string, string>>;
}

/** The only place that a site's password and login token are kept: keys as in the payload, values in base64. */
export function secretManifest(identity: SiteIdentity, secrets: SiteRequest["secrets"]): SecretManifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: siteMetadata(identity, secretName(identity.siteName)),
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(secrets).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
    ),
  };
}
