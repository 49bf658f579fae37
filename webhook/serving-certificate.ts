import { createPrivateKey, X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";

/** A certificate that can be served: the leaf first, and its key, both as PEM texts. */
export interface ServingCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate and a key that cannot be served. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/**
 * Checks that a certificate and a key are readable and belong together.
 * @throws CertificateError
 */
export function parseServingCertificate(certificate: string, privateKey: string): ServingCertificate {
  let leaf: X509Certificate;
  let isPair: boolean;
  try {
    leaf = new X509Certificate(certificate);
    isPair = leaf.checkPrivateKey(createPrivateKey(privateKey));
  } catch (error) {
    throw new CertificateError(
      `no PEM certificate and key: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isPair) throw new CertificateError("the private key is not the certificate's");
  return { certificate, privateKey, notBefore: leaf.validFromDate, notAfter: leaf.validToDate };
}

/** What a TLS server takes. TLS 1.2 is the oldest that the API server speaks. */
export function secureContext({ certificate, privateKey }: ServingCertificate): SecureContextOptions {
  return { cert: certificate, key: privateKey, minVersion: "TLSv1.2" };
}

/** Why a certificate cannot be served at a time; undefined when it can. @param now milliseconds since 1970 */
export function certificateProblem(
  { notBefore, notAfter }: ServingCertificate,
  now: number,
): string | undefined {
  if (now < notBefore.getTime()) return `the certificate is not valid before ${notBefore.toISOString()}`;
  if (now > notAfter.getTime()) return `the certificate expired on ${notAfter.toISOString()}`;
  return undefined;
}
