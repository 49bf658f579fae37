import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { certificateProblem, parseServingCertificate } from "../serving-certificate.ts";
import type { ServingCertificate } from "../serving-certificate.ts";
import type { KeyPair } from "./certificate-authority.ts";

/**
 * What the Secret keeps: the authority that signs now, every authority that is still trusted, and the certificate
 * that is served. Pure: what to do next is decided here, and done by the keeper.
 */
export interface KeptCertificates {
  readonly authority: KeyPair | undefined;
  /** PEM certificates, the newest first. Old ones stay until they expire: what they signed is still served somewhere. */
  readonly trusted: readonly string[];
  readonly serving: ServingCertificate | undefined;
}

/** What has to be renewed; an authority first, so that it is trusted everywhere before it signs what is served. */
export type Renewal = "authority" | "certificate" | "nothing";

const dayMs = 86_400_000;

export const authorityDays = 5 * 365;
export const certificateDays = 90;

/** Renewed so long before the end that a year's holiday of the renewer, or a month's, is survived. */
const authorityRenewalMs = 365 * dayMs;
const certificateRenewalMs = 30 * dayMs;

/** More are a sign of trouble, and the API server reads them at each handshake. */
const maximumTrusted = 5;

/** The PEM certificates in a text, those that cannot be read left out. */
export function splitCertificates(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`).filter((block) => readCertificate(block) !== undefined);
}

/** Authorities that are trusted together: each once, none that has expired. @param now milliseconds since 1970 */
export function mergeTrusted(lists: readonly (readonly string[])[], now: number): readonly string[] {
  const valid = [...new Set(lists.flat())].filter((text) => {
    const certificate = readCertificate(text);
    return certificate !== undefined && certificate.validToDate.getTime() > now;
  });
  return valid.slice(0, maximumTrusted);
}

/**
 * Reads what the Secret holds; what is damaged counts as missing.
 * @param data decoded texts by key
 */
export function parseKept(data: ReadonlyMap<string, string>): KeptCertificates {
  const trusted = splitCertificates(data.get("ca.crt") ?? "");
  const [newest] = trusted;
  const authorityKey = data.get("ca.key") ?? "";
  const authority =
    newest !== undefined && isPair(newest, authorityKey)
      ? { certificate: newest, privateKey: authorityKey }
      : undefined;
  return { authority, trusted, serving: parseServing(data.get("tls.crt"), data.get("tls.key")) };
}

function parseServing(
  certificate: string | undefined,
  privateKey: string | undefined,
): ServingCertificate | undefined {
  if (certificate === undefined || privateKey === undefined) return undefined;
  try {
    return parseServingCertificate(certificate, privateKey);
  } catch {
    return undefined;
  }
}

/** What to renew next. @param names what the certificate has to be good for; @param now milliseconds since 1970 */
export function nextRenewal(kept: KeptCertificates, names: readonly string[], now: number): Renewal {
  const authority = kept.authority === undefined ? undefined : readCertificate(kept.authority.certificate);
  if (authority === undefined || authority.validToDate.getTime() - now < authorityRenewalMs)
    return "authority";
  const { serving } = kept;
  if (serving === undefined || !isUsable(kept, names, now)) return "certificate";
  return serving.notAfter.getTime() - now < certificateRenewalMs ? "certificate" : "nothing";
}

/** Whether the certificate can be served now: valid, for these names, from an authority that is trusted. */
export function isUsable(
  { serving, trusted }: KeptCertificates,
  names: readonly string[],
  now: number,
): boolean {
  if (serving === undefined || certificateProblem(serving, now) !== undefined) return false;
  const leaf = new X509Certificate(serving.certificate);
  const isNamed = names.every((name) =>
    isIP(name) === 0 ? leaf.checkHost(name) !== undefined : leaf.checkIP(name) !== undefined,
  );
  return isNamed && trusted.some((text) => isIssuedBy(leaf, readCertificate(text)));
}

function isIssuedBy(leaf: X509Certificate, authority: X509Certificate | undefined): boolean {
  return authority !== undefined && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

function isPair(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
