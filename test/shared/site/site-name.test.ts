import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveSiteName, isSiteName } from "../../../shared/site/site-name.ts";
import type { SiteNameResult } from "../../../shared/site/site-name.ts";

function siteNameOf(companyName: string): string {
  const result = deriveSiteName(companyName);
  if (!result.ok) throw new Error(result.reason);
  return result.siteName;
}

function claimsOf(companyName: string): readonly string[] {
  const result = deriveSiteName(companyName);
  return result.ok ? result.claims : [];
}

function collide(one: string, other: string): boolean {
  return claimsOf(one).some((claim) => claimsOf(other).includes(claim));
}

function isWellFormedResult(result: SiteNameResult): boolean {
  if (!result.ok) return /^[ -~]+$/.test(result.reason);
  return (
    /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(result.siteName) &&
    result.claims.every((claim) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(claim))
  );
}

const companyNames = fc.string({ unit: "grapheme", maxLength: 100 });
/** Companies' names that make a site's name. */
const nameableCompanies = companyNames.filter((companyName) => deriveSiteName(companyName).ok);

describe("a site's name", () => {
  it.each([
    ["Soap & Sons", "soap-sons"],
    ["  Sam's  Soap!  ", "sams-soap"],
    ["Café Zoë", "cafe-zoe"],
    ["Straße 7", "strasse-7"],
    ["Łódź Ølhus Æble", "lodz-olhus-aeble"],
    ["Soap 🧼 Shop", "soap-shop"],
    ["Ｓｏａｐ", "soap"],
    ["𝕊𝕠𝕒𝕡", "soap"],
    ["So\u200Bap\u00AD", "soap"],
    ["Ѕоар", "soap"],
    ["1️⃣2️⃣3️⃣ Soap", "site-123-soap"],
    ["7 Dwarves", "site-7-dwarves"],
    ["../../etc/passwd", "etc-passwd"],
    ["--namespace=kube-system", "namespace-kube-system"],
    ["constructor", "constructor"],
    ["__proto__", "proto"],
  ])("is made of the company's: %j is %s", (companyName, siteName) => {
    expect(siteNameOf(companyName)).toBe(siteName);
  });

  it.each([["🧼🧼"], [""], ["   "], ["&!?"], ["\u3164\u200B"], ["\u0000"]])(
    "cannot be made of %j, which has no letter or digit",
    (companyName) => {
      expect(deriveSiteName(companyName)).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/no letter/),
      });
    },
  );

  it.each([["Admin"], ["adm1n"], ["WWW"], ["Kubernetes"], ["kube system"], ["Ꭺdmin"], ["a-d-m-i-n"]])(
    "is not given when it is reserved or looks like it: %j",
    (companyName) => {
      expect(deriveSiteName(companyName)).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/reserved/),
      });
    },
  );

  it("is a hash where letters have no Latin look-alike, the same for each way to write it", () => {
    expect(siteNameOf("日本の石鹸")).toMatch(/^site-[0-9a-f]{20}$/);
    expect(siteNameOf("Вода Жизни")).toBe(siteNameOf("вода жизни"));
    expect(siteNameOf("Водa")).toBe(siteNameOf("Вода"));
    expect(siteNameOf("日本の石鹸")).not.toBe(siteNameOf("日本の石"));
  });

  it("keeps the beginning of a long one, and tells long ones apart by a hash", () => {
    const long = siteNameOf("Very Long Soap ".repeat(20));
    expect(long).toMatch(/^very-long-soap-very-long-soap-.*-[0-9a-f]{10}$/);
    expect(long.length).toBeLessThanOrEqual(63);
    expect(siteNameOf(`${"a".repeat(299)}b`)).not.toBe(siteNameOf(`${"a".repeat(299)}c`));
  });

  it("is a DNS label that starts with a letter, for any company's name, and always the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (companyName) => {
        const result = deriveSiteName(companyName);
        expect(result).toSatisfy(isWellFormedResult);
        expect(deriveSiteName(companyName)).toEqual(result);
      }),
    );
  });

  it("is a name again when it is written as a company's name", () => {
    fc.assert(
      fc.property(nameableCompanies, (companyName) => {
        const siteName = siteNameOf(companyName);
        expect(siteNameOf(siteName)).toBe(siteName);
      }),
    );
  });
});

describe("names that look alike", () => {
  it.each([
    ["Soap & Sons", "SOAP   &   SONS"],
    ["Soap & Sons", "soap-sons"],
    ["Soap & Sons", "Ѕоар & Ѕоns"],
    ["Soap & Sons", "Soapsons"],
    ["PayPal", "PayPaI"],
    ["PayPal", "paypa1"],
    ["Google", "g00gle"],
    ["Corner Shop", "Comer Shop"],
    ["Bank", "Вank"],
    ["value", "νalue"],
    ["ΝΑΙ", "ναι"],
    ["Soap", "S\u0336o\u0336a\u0336p\u0336"],
    ["Soap", "So\u202Eap"],
    ["long soap ".repeat(20), "longsoap ".repeat(20)],
  ])("have a claim in common: %j and %j", (one, other) => {
    expect(collide(one, other)).toBe(true);
  });

  it.each([
    ["Shop 1 11", "Shop 11 1"],
    ["Soap", "Soup"],
    ["Soap & Sons", "Soap"],
    ["日本", "日木"],
    ["x".repeat(70), "x".repeat(71)],
  ])("are not taken for alike when they differ: %j and %j", (one, other) => {
    expect(collide(one, other)).toBe(false);
  });

  it("collide in any case, for any name", () => {
    fc.assert(
      fc.property(nameableCompanies, (companyName) => {
        const otherCases = [companyName.toUpperCase(), companyName.toLowerCase()];
        const nameable = otherCases.filter((other) => deriveSiteName(other).ok);
        expect(nameable.filter((other) => !collide(companyName, other))).toEqual([]);
      }),
    );
  });

  it("collide with the site name itself, for any name", () => {
    fc.assert(
      fc.property(nameableCompanies, (companyName) => {
        expect(collide(companyName, siteNameOf(companyName))).toBe(true);
      }),
    );
  });
});

describe("a text that should be a site's name", () => {
  it.each(["a", "soap-sons", "a".repeat(63)])("%s is one", (text) => expect(isSiteName(text)).toBe(true));
  it.each(["", "-a", "a-", "1a", "A", "a.b", "a_b", "a".repeat(64), "a\n"])("%j is none", (text) =>
    expect(isSiteName(text)).toBe(false),
  );
});
