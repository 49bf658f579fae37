import type { SiteDefaults } from "./site-defaults.ts";

/** The host name that a site gets from the operator's template. */
export function siteHost(siteName: string, defaults: SiteDefaults): string {
  return defaults.host.replace("{site}", siteName);
}

/** Where people find a site: its first own host name, or the one that it got. */
export function siteUrl(siteName: string, hostnames: readonly string[], defaults: SiteDefaults): string {
  const scheme = defaults.ingress.tls.enabled ? "https" : "http";
  return `${scheme}://${hostnames[0] ?? siteHost(siteName, defaults)}`;
}

/** Whether a host name lies within a domain of the operator's: the one that sites get their names from, or a reserved one. */
export function isOperatorHost(hostname: string, defaults: SiteDefaults): boolean {
  const domains = [defaults.host.slice("{site}.".length), ...defaults.reservedDomains];
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}
