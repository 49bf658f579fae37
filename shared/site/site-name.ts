import { createHash } from "node:crypto";
import { foldLookAlikes, lookAlikeKey } from "./look-alike.ts";
import { reservedSiteNames } from "./reserved-site-names.ts";

/**
 * A site's name is the value of the label `site-name` and the name of its Deployment and Service. The tightest of
 * these rules is the Service's: a DNS-1035 label, at most 63 characters.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
 */
const siteNamePattern = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const maximumLength = 63;

/** Characters of a hash, in hexadecimal, that tell two long names with the same beginning apart. */
const hashLength = 10;

/** A site's name, and what it takes to have it. */
export interface SiteName {
  readonly siteName: string;
  /**
   * What has to be free for this site to have its name: every name that looks like it has one of these among its own.
   * The first is the name's own; there are more only for names that look different in another case, and long ones.
   */
  readonly claims: readonly [string, ...string[]];
}

/** A name made from `company.name`, or why none can be made. */
export type SiteNameResult =
  | ({ readonly ok: true } & SiteName)
  | { readonly ok: false; readonly reason: string };

/** Whether a text can be a site's name. */
export function isSiteName(text: string): boolean {
  return text.length <= maximumLength && siteNamePattern.test(text);
}

function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** Lower-case words of a company's name, joined by hyphens; may hold letters that a label cannot. */
function slugOf(companyName: string): string {
  return foldLookAlikes(foldLookAlikes(companyName).toLowerCase())
    .toLowerCase()
    .replaceAll(/['’`ʹ]/g, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}

interface NamedSlug {
  readonly siteName: string;
  readonly claims: readonly string[];
}

function nameSlug(slug: string): NamedSlug {
  if (/[^-a-z0-9]/.test(slug)) {
    const siteName = `site-${hash(slug.replaceAll("-", ""), 2 * hashLength)}`;
    return { siteName, claims: [lookAlikeKey(siteName)] };
  }
  const label = /^[a-z]/.test(slug) ? slug : `site-${slug}`;
  if (label.length <= maximumLength) return { siteName: label, claims: [lookAlikeKey(label)] };
  const key = lookAlikeKey(label);
  const beginning = label.slice(0, maximumLength - hashLength - 1).replace(/-$/, "");
  const siteName = `${beginning}-${hash(key, hashLength)}`;
  // The look-alike of a long name may be cut at another letter: the hash of the whole is what both share.
  return { siteName, claims: [lookAlikeKey(siteName), `long-${hash(key, 40)}`] };
}

const reservedKeys: ReadonlySet<string> = new Set(reservedSiteNames.map(lookAlikeKey));

/**
 * Derives a site's name from its company's.
 *
 * - Case, accents, look-alike letters (`Ѕоар` in Cyrillic is `soap`) and punctuation make no difference to `claims`.
 * - A first character that is no letter: `site-` comes before it, since a Service's name starts with a letter.
 * - Longer than 63 characters: the beginning, and a hash of the whole.
 * - Letters that have no Latin look-alike (`日本`): `site-` and a hash of the whole.
 * - Nothing but punctuation, emoji or invisible characters, or a reserved word: no name, with the reason.
 */
export function deriveSiteName(companyName: string): SiteNameResult {
  const slug = slugOf(companyName);
  if (slug === "") {
    return { ok: false, reason: "company.name has no letter or digit that a site's name could be made of" };
  }
  const { siteName, claims } = nameSlug(slug);
  const key = lookAlikeKey(siteName);
  if (reservedKeys.has(key) || siteName.startsWith("kube-")) {
    return { ok: false, reason: `the site name "${siteName}" is reserved, or looks like one that is` };
  }
  // A Greek "Ν" looks like N, its small "ν" like v: a name is also compared as it looks in the other cases.
  const otherCases = [companyName.toUpperCase(), companyName.toLowerCase()].flatMap(
    (text) => nameSlug(slugOf(text)).claims,
  );
  const [, ...others] = new Set([key, ...claims, ...otherCases]);
  return { ok: true, siteName, claims: [key, ...others] };
}
