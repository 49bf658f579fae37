import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { applyObject } from "../../shared/cluster/apply.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import type { SiteIdentity } from "../../shared/site/manifests/site-metadata.ts";
import { siteManifests } from "../../shared/site/site-manifests.ts";
import type { SiteManifests } from "../../shared/site/site-manifests.ts";
import { ownerDigest } from "../../shared/site/site-owner.ts";
import type { SiteRequest } from "../../shared/site/site-request.ts";
import { siteUrl } from "../../shared/site/site-url.ts";
import { fieldManager } from "../field-manager.ts";
import { acquireClaim, releaseClaim, releaseOtherClaims } from "./claim.ts";
import type { Claim } from "./claim.ts";
import { readLiveSite } from "./live-site.ts";
import { findPolicyReasons } from "./request-policy.ts";
import type { SiteConfiguration } from "./site-configuration.ts";
import { applySecret } from "./site-secret.ts";

/** One site to be made, or brought up to its request. */
export interface SiteToApply {
  readonly identity: SiteIdentity;
  /** Of `deriveSiteName`. */
  readonly claims: readonly string[];
  readonly request: SiteRequest;
}

export type ApplyOutcome =
  /** @param deployment raw, as the API server answered */
  | { readonly kind: "applied"; readonly url: string; readonly deployment: unknown }
  /** It never can be, as it is. Nothing of it is in the cluster. */
  | { readonly kind: "rejected"; readonly reasons: readonly string[] };

const resources: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  Deployment: "deployments",
  Ingress: "ingresses",
  NetworkPolicy: "networkpolicies",
  PersistentVolumeClaim: "persistentvolumeclaims",
  Service: "services",
};

/**
 * Makes a site's objects what its request says, by server-side apply, never forced: the limits first, then its names,
 * then everything that the Deployment needs, then the Deployment. Doing it again changes nothing; what a try left
 * undone, the next one completes.
 *
 * @throws ApiError, UnreachableError: the next try may succeed
 */
export async function applySite(
  client: ApiClient,
  site: SiteToApply,
  configuration: SiteConfiguration,
  now: number,
): Promise<ApplyOutcome> {
  const { identity, request } = site;
  const { namespace, siteName, owner } = identity;
  const live = await readLiveSite(client, namespace, siteName);
  if (live !== undefined && live.owner !== ownerDigest(owner)) {
    return rejected(`the site ${siteName} exists already, and was not made from this request`);
  }
  const manifests = siteManifests(identity, request, configuration.defaults, live?.deployment);
  const reasons = findPolicyReasons(request, manifests, live, configuration, now);
  if (reasons.length > 0) return { kind: "rejected", reasons };

  const hostnames = request.hosting.hostnames ?? [];
  const claims: Claim[] = [
    ...site.claims.map((value) => ({ kind: "site-name", value }) as const),
    ...hostnames.map((value) => ({ kind: "hostname", value }) as const),
  ];
  const refusal = await acquireClaims(client, identity, claims);
  if (refusal !== undefined) return rejected(refusal);
  try {
    const deployment = await applyManifests(client, manifests);
    // A host name that the request asks for no more is free for others.
    if (live !== undefined) await releaseOtherClaims(client, namespace, siteName, claims, "hostname");
    return { kind: "applied", url: siteUrl(siteName, hostnames, configuration.defaults), deployment };
  } catch (error) {
    if (isDeniedByWebhook(error)) return rejected(error.message);
    if (error instanceof VolumeSizeError && request.hosting.storage !== undefined)
      return rejected(`hosting.storage: ${error.message}`);
    throw error;
  }
}

function rejected(reason: string): ApplyOutcome {
  return { kind: "rejected", reasons: [reason] };
}

/** A webhook says no to the request; RBAC and quotas answer 403 too, but not for what the request holds. */
function isDeniedByWebhook(error: unknown): error is ApiError {
  return error instanceof ApiError && /^admission webhook ".*" denied the request/.test(error.message);
}

/** @returns why one of them cannot be had; the others are then given back */
async function acquireClaims(
  client: ApiClient,
  identity: SiteIdentity,
  claims: readonly Claim[],
): Promise<string | undefined> {
  const created: Claim[] = [];
  for (const claim of claims) {
    const result = await acquireClaim(client, identity, claim);
    if (result.kind === "created") created.push(claim);
    if (result.kind !== "taken") continue;
    for (const other of created) await releaseClaim(client, identity.namespace, other);
    return describeTaken(claim, identity.siteName, result.site);
  }
  return undefined;
}

function describeTaken(claim: Claim, siteName: string, owner: string | undefined): string {
  if (claim.kind === "hostname") {
    return `hosting.hostnames: ${claim.value} belongs to ${owner === undefined ? "somebody else" : `the site ${owner}`}`;
  }
  return `the site name ${siteName} is taken${owner === undefined ? "" : `, or looks like that of the site ${owner}`}`;
}

/** @returns the Deployment, raw */
async function applyManifests(
  client: ApiClient,
  { secret, dependencies, deployment }: SiteManifests,
): Promise<unknown> {
  await Promise.all([
    applySecret(client, secret),
    ...dependencies.map(async (object) => await applyDependency(client, object)),
  ]);
  return await applyManifest(client, deployment);
}

/** A volume cannot be made smaller, nor larger where its storage class does not allow it. */
class VolumeSizeError extends ApiError {}

async function applyDependency(
  client: ApiClient,
  object: SiteManifests["dependencies"][number],
): Promise<void> {
  try {
    await applyManifest(client, object);
  } catch (error) {
    const isRefusedSize =
      object.kind === "PersistentVolumeClaim" &&
      error instanceof ApiError &&
      (error.status === 422 || (error.status === 403 && /\bresiz/.test(error.message)));
    throw isRefusedSize ? new VolumeSizeError(error) : error;
  }
}

async function applyManifest(
  client: ApiClient,
  object: SiteManifests["dependencies"][number] | SiteManifests["deployment"],
): Promise<unknown> {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name } = metadata;
  const path = resourcePath({ apiVersion, resource: resources[kind] ?? "", namespace, name });
  return (await applyObject(client, path, object, { fieldManager })).body;
}
