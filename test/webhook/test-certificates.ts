import { createAuthority, issueCertificate } from "../../webhook/certificates/certificate-authority.ts";
import type { KeyPair } from "../../webhook/certificates/certificate-authority.ts";

/** An authority, and a certificate of it for 127.0.0.1 and localhost. */
export async function createTestCertificates(): Promise<{ authority: KeyPair; serving: KeyPair }> {
  const authority = await createAuthority({ now: Date.now(), days: 30 });
  return { authority, serving: await issueTestCertificate(authority) };
}

/** Another certificate of the authority's for 127.0.0.1 and localhost. */
export async function issueTestCertificate(authority: KeyPair): Promise<KeyPair> {
  return await issueCertificate(authority, ["localhost", "127.0.0.1"], { now: Date.now(), days: 10 });
}
