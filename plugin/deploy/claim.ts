import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteMetadata } from "../../shared/site/manifests/site-metadata.ts";
import type { SiteIdentity } from "../../shared/site/manifests/site-metadata.ts";
import {
  claimLabel,
  hostnameClaimName,
  siteNameClaimName,
  siteNameLabel,
} from "../../shared/site/site-labels.ts";
import type { SiteOwner } from "../../shared/site/site-owner.ts";
import { fieldManager } from "../field-manager.ts";

/**
 * What only one site can have: a name (or what looks like it), or a host name. Having it is a ConfigMap that says
 * whose it is, made by a create: of two that try, the API server lets one succeed. It outlives the site's Deployment,
 * as the volume and the Secret do, so that nobody else gets to them by its name.
 */
export interface Claim {
  readonly kind: "site-name" | "hostname";
  readonly value: string;
}

export type ClaimResult =
  | { readonly kind: "created" | "held" }
  /** @param site whose it is; undefined if no site's */
  | { readonly kind: "taken"; readonly site: string | undefined };

const claimSchema = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.object({ site: z.string(), database: z.string(), document: z.string() }),
});

function claimName({ kind, value }: Claim): string {
  return kind === "site-name" ? siteNameClaimName(value) : hostnameClaimName(value);
}

function configMapsPath(namespace: string, name?: string): string {
  return resourcePath({ apiVersion: "v1", resource: "configmaps", namespace, name });
}

/** Claims something for a site, unless another request has it. */
export async function acquireClaim(
  client: ApiClient,
  identity: SiteIdentity,
  claim: Claim,
): Promise<ClaimResult> {
  const { siteName, namespace, owner } = identity;
  const { labels, ...metadata } = siteMetadata(identity, claimName(claim));
  try {
    await client.request({
      method: "POST",
      path: configMapsPath(namespace),
      query: { fieldManager },
      body: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { ...metadata, labels: { ...labels, [claimLabel]: claim.kind } },
        data: { site: siteName, database: owner.database, document: owner.document },
      },
    });
    return { kind: "created" };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  }
  const { body } = await client.request({ method: "GET", path: configMapsPath(namespace, claimName(claim)) });
  const found = claimSchema.safeParse(body);
  // Somebody made it by hand, perhaps to keep a name for themselves.
  if (!found.success) return { kind: "taken", site: undefined };
  const { database, document, site } = found.data.data;
  const isOurs = database === owner.database && document === owner.document && site === siteName;
  return isOurs ? { kind: "held" } : { kind: "taken", site };
}

/** Whose a site is, by the claims that it has; undefined if it has none, so that deploy cannot have made it. */
export async function readSiteOwner(
  client: ApiClient,
  namespace: string,
  siteName: string,
): Promise<SiteOwner | undefined> {
  const { items } = await listAll(
    client,
    configMapsPath(namespace),
    (raw) => claimSchema.safeParse(raw).data,
    {
      labelSelector: `${siteNameLabel}=${siteName},${claimLabel}=site-name`,
    },
  );
  const claim = items.find((item) => item?.data.site === siteName);
  return claim && { database: claim.data.database, document: claim.data.document };
}

/** Gives a claim back; one that is gone already is as good. */
export async function releaseClaim(client: ApiClient, namespace: string, claim: Claim): Promise<void> {
  await deleteConfigMap(client, namespace, claimName(claim));
}

async function deleteConfigMap(client: ApiClient, namespace: string, name: string): Promise<void> {
  try {
    await client.request({ method: "DELETE", path: configMapsPath(namespace, name) });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/**
 * Gives back a site's claims but for those that it keeps.
 *
 * @param kind of which claims; all when absent
 * @returns the names of the ConfigMaps that were deleted
 */
export async function releaseOtherClaims(
  client: ApiClient,
  namespace: string,
  siteName: string,
  kept: readonly Claim[],
  kind?: Claim["kind"],
): Promise<readonly string[]> {
  const { items } = await listAll(
    client,
    configMapsPath(namespace),
    (raw) => z.object({ metadata: z.object({ name: z.string() }) }).parse(raw),
    { labelSelector: `${siteNameLabel}=${siteName},${claimLabel}${kind === undefined ? "" : `=${kind}`}` },
  );
  const keptNames = new Set(kept.map(claimName));
  const others = items.map(({ metadata }) => metadata.name).filter((name) => !keptNames.has(name));
  for (const name of others) await deleteConfigMap(client, namespace, name);
  return others;
}
