/**
 * Every label, annotation key, field manager and object name by which the parts of this product recognise a site,
 * each written once.
 */

/** What says that a Deployment (or its pods, or another of its objects) belongs to a site. */
export const siteLabel = "subscribie";
export const siteLabelValue = "site";

/** The label that holds the site's name; it never changes. */
export const siteNameLabel = "site-name";

/** Selects every site, as `kubectl -l` and `labelSelector` want it. */
export const siteSelector = `${siteLabel}=${siteLabelValue}`;

/** The prefix of every annotation and label key of ours, but for the two labels above. */
const keyPrefix = "subscribie.co.uk/";

/** On namespaces: whether the Deployments in it are sites, seen by the admission webhooks labelled or not. */
export const namespaceLabel = `${keyPrefix}sites`;
export const namespaceLabelValue = "enforced";

/** On a site's objects: a digest that tells which site request they were made from, see `ownerDigest`. */
export const ownerAnnotation = `${keyPrefix}owner`;

/** On claims: what is claimed, `site-name` or `hostname`. */
export const claimLabel = `${keyPrefix}claim`;

/** The container of a site's pods that upgrades change, unless they are told otherwise. */
export const siteContainer = "subscribie";

/** The container that serves the site, where nobody says which: the one of the usual name, else the first. */
export function servingContainer<T extends { readonly name: string }>(
  containers: readonly T[],
): T | undefined {
  return containers.find(({ name }) => name === siteContainer) ?? containers[0];
}

/** The labels that a site's Deployment and pods are selected by. */
export function siteLabels(siteName: string): Readonly<Record<string, string>> {
  return { [siteLabel]: siteLabelValue, [siteNameLabel]: siteName };
}

// A site's name has no dot, so none of these names is another site's.

/** The Secret with the site's password and login token. */
export function secretName(siteName: string): string {
  return `${siteName}.secrets`;
}

/** The ConfigMap with the shop payload. */
export function configMapName(siteName: string): string {
  return `${siteName}.config`;
}

/** The Secret that cert-manager, or a person, puts the certificate of the site's own host names into. */
export function certificateSecretName(siteName: string): string {
  return `${siteName}.tls`;
}

/** The ConfigMap whose creation reserves a site's name. @param claim one of `deriveSiteName`'s claims */
export function siteNameClaimName(claim: string): string {
  return `${claim}.site-claim`;
}

/** The ConfigMap whose creation reserves a host name. */
export function hostnameClaimName(hostname: string): string {
  return `${hostname}.hostname-claim`;
}
