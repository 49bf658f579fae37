import type { JsonObject } from "../json-value.ts";
import { configMapName } from "../site-labels.ts";
import { siteMetadata } from "./site-metadata.ts";
import type { SiteIdentity, SiteMetadata } from "./site-metadata.ts";

/** The file, in the mounted volume, that holds the shop payload. */
const payloadFile = "shop.json";

export interface ConfigMapManifest {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: SiteMetadata;
  readonly data: Readonly<Record<string, string>>;
}

/** The shop payload without its secrets, as one JSON document, whole and unchanged. */
export function configMapManifest(identity: SiteIdentity, payload: JsonObject): ConfigMapManifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: siteMetadata(identity, configMapName(identity.siteName)),
    data: { [payloadFile]: JSON.stringify(payload) },
  };
}
