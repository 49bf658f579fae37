import { beforeAll, expect, test } from "vitest";
import { isTrusted, readCertificates } from "../../../plugin/doctor/certificate-chain.ts";
import {
  createAuthority,
  issueCertificate,
  type KeyPair,
} from "../../../webhook/certificates/certificate-authority.ts";
import { createIntermediate } from "./intermediate-authority.ts";

const now = Date.parse("2030-06-01T00:00:00Z");
const dayMs = 86_400_000;

let root: KeyPair;
let other: KeyPair;
let intermediate: KeyPair;
let below: KeyPair;
let direct: KeyPair;

beforeAll(async () => {
  const validity = { now, days: 10 };
  root = await createAuthority(validity);
  other = await createAuthority(validity);
  intermediate = await createIntermediate(root, { now, days: 5 });
  below = await issueCertificate(intermediate, ["a.b.svc"], validity);
  direct = await issueCertificate(root, ["a.b.svc"], validity);
});

function isTrustedBy(chain: readonly KeyPair[], authorities: readonly KeyPair[], days = 0): boolean {
  const read = (pairs: readonly KeyPair[]) =>
    readCertificates(pairs.map(({ certificate }) => certificate).join(""));
  return isTrusted(read(chain), read(authorities), now + days * dayMs);
}

test("a certificate is trusted by the authority that signed it, among others, and by no other of the same name", () => {
  expect(isTrustedBy([direct], [other, root])).toBe(true);
  expect(isTrustedBy([direct], [other])).toBe(false);
  expect(isTrustedBy([direct], [])).toBe(false);
});

test("an intermediate authority leads to the trusted one if the server brings it along", () => {
  expect(isTrustedBy([below, intermediate], [root])).toBe(true);
  expect(isTrustedBy([below, other, intermediate], [root])).toBe(true);
  expect(isTrustedBy([below], [root])).toBe(false);
  expect(isTrustedBy([below, intermediate], [other])).toBe(false);
  expect(isTrustedBy([below], [intermediate])).toBe(true);
});

test("an authority that has expired counts for nothing, wherever it stands", () => {
  expect(isTrustedBy([direct], [root], 11)).toBe(false);
  expect(isTrustedBy([below, intermediate], [root], 6)).toBe(false);
  expect(isTrustedBy([direct], [root], 6)).toBe(true);
});

test("no server's certificate, no trust; a chain that goes round ends", () => {
  expect(isTrustedBy([], [root])).toBe(false);
  expect(isTrustedBy([other, other, other], [root])).toBe(false);
});

test("what is no certificate is left out", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(readCertificates(`text ${broken}${root.certificate}`)).toHaveLength(1);
  expect(readCertificates("")).toEqual([]);
});
