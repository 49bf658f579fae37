import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "../../webhook/certificates/certificate-authority.ts";
import {
  authorityDays,
  certificateDays,
  isUsable,
  mergeTrusted,
  nextRenewal,
  parseKept,
  splitCertificates,
} from "../../webhook/certificates/kept-certificates.ts";
import {
  CertificateError,
  certificateProblem,
  parseServingCertificate,
} from "../../webhook/serving-certificate.ts";

const now = Date.UTC(2026, 5, 1);
const day = 86_400_000;
const names = ["subscribie-webhook.system.svc", "127.0.0.1"];

const authority = await createAuthority({ now, days: authorityDays });
const leaf = await issueCertificate(authority, names, { now, days: certificateDays });
const other = await createAuthority({ now, days: authorityDays });

const kept = (fields: Record<string, string> = {}) =>
  parseKept(
    new Map(
      Object.entries({
        "ca.crt": authority.certificate,
        "ca.key": authority.privateKey,
        "tls.crt": leaf.certificate,
        "tls.key": leaf.privateKey,
        ...fields,
      }),
    ),
  );

describe("an issued certificate", () => {
  const certificate = new X509Certificate(leaf.certificate);

  it("A13: is good for its names and addresses, by subjectAltName, which is all that the API server reads", () => {
    expect(certificate.checkHost("subscribie-webhook.system.svc", { subject: "never" })).toBeDefined();
    expect(certificate.checkIP("127.0.0.1")).toBeDefined();
    expect(certificate.checkHost("other.system.svc")).toBeUndefined();
  });

  it("is the authority's, on P-256, and cannot sign", () => {
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
    expect([certificate.ca, new X509Certificate(authority.certificate).ca]).toEqual([false, true]);
  });

  it("was valid an hour ago already, since clocks differ", () => {
    expect(certificate.validFromDate.getTime()).toBe(now - 3_600_000);
  });
});

describe("nextRenewal", () => {
  it.each([
    ["nothing at all", parseKept(new Map()), now, "authority"],
    ["a healthy pair", kept(), now, "nothing"],
    ["a certificate with a month and a day left", kept(), now + (certificateDays - 31) * day, "nothing"],
    ["a certificate with less than a month left", kept(), now + (certificateDays - 29) * day, "certificate"],
    ["a certificate that has expired", kept(), now + (certificateDays + 1) * day, "certificate"],
    ["an authority with less than a year left", kept(), now + (authorityDays - 364) * day, "authority"],
    ["no certificate", kept({ "tls.crt": "" }), now, "certificate"],
    ["a key that is another one's", kept({ "tls.key": authority.privateKey }), now, "certificate"],
    ["an authority's key that is another one's", kept({ "ca.key": leaf.privateKey }), now, "authority"],
    [
      "damaged texts",
      kept({ "ca.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }),
      now,
      "authority",
    ],
    [
      "a certificate of nobody's who is trusted",
      kept({ "ca.crt": other.certificate, "ca.key": other.privateKey }),
      now,
      "certificate",
    ],
    [
      "a new authority whose elder signed the certificate",
      kept({ "ca.crt": other.certificate + authority.certificate, "ca.key": other.privateKey }),
      now,
      "nothing",
    ],
  ] as const)("of %s", (_what, state, time, expected) => {
    expect(nextRenewal(state, names, time)).toBe(expected);
  });

  it("is due for a name that the certificate lacks", () => {
    expect(nextRenewal(kept(), [...names, "renamed.system.svc"], now)).toBe("certificate");
    expect(isUsable(kept(), [...names, "10.0.0.1"], now)).toBe(false);
  });
});

describe("trusted authorities", () => {
  it("are each there once, the newest first, without those that have expired", () => {
    const merged = mergeTrusted([[other.certificate], [authority.certificate, other.certificate]], now);
    expect(merged).toEqual([other.certificate, authority.certificate]);
    expect(mergeTrusted([merged], now + 6 * 365 * day)).toEqual([]);
  });

  it("are read from any text, without what cannot be read", () => {
    expect(splitCertificates(`junk\n${authority.certificate}junk${other.certificate}`)).toEqual([
      authority.certificate,
      other.certificate,
    ]);
  });
});

describe("a serving certificate", () => {
  it("has to belong to its key", () => {
    expect(() => parseServingCertificate(leaf.certificate, authority.privateKey)).toThrow(CertificateError);
    expect(() => parseServingCertificate("", leaf.privateKey)).toThrow("no PEM certificate and key");
  });

  it("is a problem before and after its time", () => {
    const serving = parseServingCertificate(leaf.certificate, leaf.privateKey);
    expect(certificateProblem(serving, now)).toBeUndefined();
    expect(certificateProblem(serving, now - day)).toMatch(/^the certificate is not valid before/);
    expect(certificateProblem(serving, now + 91 * day)).toMatch(/^the certificate expired on/);
  });
});
