import { createHash } from "node:crypto";
import { siteKey } from "./observed-site.ts";

/** What tells sites of one kind from another: sites that differ in it may fail for different reasons. */
export interface SiteKind {
  readonly namespace: string;
  readonly name: string;
  /** The image that it runs now, before the rollout. */
  readonly image: string;
  readonly hasReplicas: boolean;
  readonly hasVolume: boolean;
}

interface Stratum<T> {
  readonly key: string;
  readonly sites: readonly T[];
}

/**
 * Orders sites so that the first ones, the canaries, are not all of one kind. Sites fall into strata by namespace,
 * current image, whether there is more than one replica, and whether there is a volume. First comes one site of each
 * stratum, the largest stratum first; then all others, interleaved in proportion, so that any stretch of the order is
 * a fair sample of the fleet. Within a stratum a hash of the name decides, so that the canaries are not always the
 * alphabet's first customers; the same sites always come in the same order, whatever order they are given in.
 */
export function spreadSites<T extends SiteKind>(sites: readonly T[]): T[] {
  const strata = stratify(sites);
  const first = strata.flatMap(({ sites }) => sites.slice(0, 1));
  const others = strata.flatMap(({ key, sites }) =>
    sites.slice(1).map((site, index) => ({ site, key, place: (index + 0.5) / (sites.length - 1) })),
  );
  others.sort((left, right) => left.place - right.place || compareText(left.key, right.key));
  return [...first, ...others.map(({ site }) => site)];
}

function stratify<T extends SiteKind>(sites: readonly T[]): Stratum<T>[] {
  const ofKind = Map.groupBy(sites, (site) =>
    JSON.stringify([site.namespace, site.image, site.hasReplicas, site.hasVolume]),
  );
  return [...ofKind]
    .map(([key, members]) => ({ key, sites: inHashOrder(members) }))
    .toSorted((left, right) => right.sites.length - left.sites.length || compareText(left.key, right.key));
}

function inHashOrder<T extends SiteKind>(sites: readonly T[]): T[] {
  return sites
    .map((site) => ({ site, hash: createHash("sha256").update(siteKey(site)).digest("hex") }))
    .toSorted((left, right) => compareText(left.hash, right.hash))
    .map(({ site }) => site);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
