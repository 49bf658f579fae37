import { X509Certificate } from "node:crypto";

/** The certificates of a PEM text, in order. Those that cannot be read are left out. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/**
 * Whether a server's chain, its own certificate first, leads to one of the authorities: directly, or by intermediate
 * authorities that it brings along. @param now milliseconds since 1970; authorities that have expired count for nothing,
 * while the server's own certificate may have: whoever asks judges that apart
 */
export function isTrusted(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) return false;
  const isValid = ({ validToDate }: X509Certificate) => validToDate.getTime() > now;
  if (authorities.some((authority) => isValid(authority) && isIssuedBy(leaf, authority))) return true;
  return intermediates.some((next, index) => {
    const rest = [next, ...intermediates.toSpliced(index, 1)];
    return isValid(next) && isIssuedBy(leaf, next) && isTrusted(rest, authorities, now);
  });
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
