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

/** Whether a host name lies within the domain that the operator gives sites their names from. */
export function isOperatorHost(hostname: string, defaults: SiteDefaults): boolean {
  const domain = defaults.host.slice("{site}.".length);
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
