// @peculiar/x509 needs its metadata polyfill to be there before it.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "../../../webhook/certificates/certificate-authority.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** An authority whose own certificate another one signed. @param validity `now` in milliseconds since 1970 */
export async function createIntermediate(
  authority: KeyPair,
  { now, days }: { readonly now: number; readonly days: number },
): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signingKey = await crypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(authority.privateKey),
    algorithm,
    false,
    ["sign"],
  );
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + days * 86_400_000),
    subject: "CN=intermediate",
    issuer: new x509.X509Certificate(authority.certificate).subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${certificate.toString("pem").trim()}\n`,
    privateKey: `${x509.PemConverter.encode(key, "PRIVATE KEY").trim()}\n`,
  };
}
