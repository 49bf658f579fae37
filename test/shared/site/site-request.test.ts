import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksLikeSiteRequest, parseSiteRequest, requestDigest } from "../../../shared/site/site-request.ts";
import type { SiteRequest } from "../../../shared/site/site-request.ts";

const fixtures = new URL("../../fixtures/site-requests/", import.meta.url);

function readFixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, fixtures), "utf8"));
}

function requestOf(document: unknown): SiteRequest {
  const result = parseSiteRequest(document);
  if (!result.ok) throw new Error(result.reasons.join("; "));
  return result.request;
}

function reasonsOf(document: unknown): readonly string[] {
  const result = parseSiteRequest(document);
  return result.ok ? [] : result.reasons;
}

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe("a site request", () => {
  it("is a real sign-up payload, unchanged", () => {
    const payload = readFixture("soap-and-sons.json");
    const request = requestOf(payload);
    const { password, login_token, ...rest } = payload;
    expect(request).toEqual({
      companyName: "Soap & Sons",
      payload: rest,
      secrets: { password, login_token },
      hosting: {},
    });
  });

  it("may ask for hosting, which is no part of the payload", () => {
    const request = requestOf(readFixture("with-hosting.json"));
    expect(request.hosting).toMatchObject({ version: "v0.11", replicas: 2, storage: "2Gi" });
    expect(request.payload).not.toHaveProperty("hosting");
  });

  it("is found in a queue document, whose other members are no part of the payload", () => {
    const request = requestOf({
      _id: "x",
      _rev: "1-a",
      deployment: { status: "queued", site: "somebody-elses" },
      company: { name: "Soap" },
    });
    expect(request.payload).toEqual({ company: { name: "Soap" } });
  });

  it("keeps every key that it does not know, also those that pollute prototypes where they are merged", () => {
    const text =
      '{"company":{"name":"Soap","__proto__":{"a":1}},"__proto__":{"b":2},"constructor":{"prototype":{"c":3}}}';
    expect(JSON.stringify(requestOf(JSON.parse(text)).payload)).toBe(text);
    expect({}).not.toHaveProperty("b");
  });

  it("keeps any other JSON beside the fields that it knows, as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (extra) => {
        const text = JSON.stringify({ company: { name: "Soap", extra }, extra });
        const result = parseSiteRequest(JSON.parse(text));
        const kept = result.ok ? JSON.stringify(result.request.payload) : result.reasons[0];
        expect(kept).toSatisfy((kept) => kept === text || /number|Unicode/.test(kept));
      }),
    );
  });

  it.each<[string, unknown, RegExp]>([
    ["no object", [1], /not a JSON object/],
    ["null", null, /not a JSON object/],
    ["no company", { users: [] }, /^company: /],
    ["a company without a name", { company: {} }, /^company\.name: /],
    ["a name of another type", { company: { name: ["Soap"] } }, /^company\.name: /],
    ["users of another type", { company: { name: "a" }, users: [1] }, /^users\[0\]: /],
    ["a secret of another type", { company: { name: "a" }, password: 7 }, /^password: /],
    ["2 MB of plans", { company: { name: "a" }, plans: [{ title: "x".repeat(2 ** 21) }] }, /bytes long/],
    ["many plans", { company: { name: "a" }, plans: Array.from({ length: 3000 }, () => ({})) }, /^plans: /],
    [
      "very many values",
      { company: { name: "a" }, extra: Array.from({ length: 60_000 }, () => 0) },
      /values/,
    ],
    ["deep nesting", { company: { name: "a" }, extra: nested(50_000) }, /levels deep/],
    ["attachments", { company: { name: "a" }, _attachments: {} }, /attachments/],
    ["half a character", { company: { name: "a\ud800" } }, /valid Unicode/],
    ["a rounded number", { company: { name: "a" }, id: 2 ** 60 }, /round/],
    ["unknown hosting fields", { company: { name: "a" }, hosting: { hostNetwork: true } }, /hostNetwork/],
    [
      "a version that is none",
      { company: { name: "a" }, hosting: { version: "v1; rm -rf /" } },
      /hosting\.version/,
    ],
    ["negative replicas", { company: { name: "a" }, hosting: { replicas: -1 } }, /hosting\.replicas/],
    [
      "a wildcard host",
      { company: { name: "a" }, hosting: { hostnames: ["*.example.com"] } },
      /hostnames\[0\]/,
    ],
    ...[
      "Shop.example.com",
      "shop.example.com.",
      "münchen.example",
      "192.0.2.7",
      "[2001:db8::1]",
      "localhost",
      "shop..example.com",
      "-shop.example.com",
      "shop_1.example.com",
      `${"a".repeat(64)}.example.com`,
      `${"a.".repeat(120)}example.com`,
      "shop.example.com/path",
      "shop.example.com:8080",
      "shop.example.com\n",
      "{{ .Values.host }}",
      "",
    ].map((hostname): [string, unknown, RegExp] => [
      `the host name ${JSON.stringify(hostname).slice(0, 40)}`,
      { company: { name: "a" }, hosting: { hostnames: [hostname] } },
      /^hosting\.hostnames\[0\]: /,
    ]),
    ...["v1@sha256:0", "sha256:ABC", "latest\n", "../x", "-v1", "", "a".repeat(136), 7, null].map(
      (version): [string, unknown, RegExp] => [
        `the version ${JSON.stringify(version).slice(0, 40)}`,
        { company: { name: "a" }, hosting: { version } },
        /^hosting\.version: /,
      ],
    ),
    ...["1e3", "1E400", "-1", "+1", "0x10", "1 Gi", "1gi", "", "1".repeat(21), 2, 0.5, null].map(
      (memory): [string, unknown, RegExp] => [
        `the memory ${JSON.stringify(memory)}`,
        { company: { name: "a" }, hosting: { resources: { limits: { memory } } } },
        /^hosting\.resources\.limits\.memory: /,
      ],
    ),
    ...["0", "0.0Gi", "-1Gi", "100m", "1e9", 5].map((storage): [string, unknown, RegExp] => [
      `the storage ${JSON.stringify(storage)}`,
      { company: { name: "a" }, hosting: { storage } },
      /^hosting\.storage: /,
    ]),
    ["half a pod", { company: { name: "a" }, hosting: { replicas: 1.5 } }, /^hosting\.replicas: /],
    ["a pod as text", { company: { name: "a" }, hosting: { replicas: "2" } }, /^hosting\.replicas: /],
    ["pods without end", { company: { name: "a" }, hosting: { replicas: 1e21 } }, /round/],
    [
      "a variable with a NUL",
      { company: { name: "a" }, hosting: { env: { A: "a\u0000b" } } },
      /^hosting\.env\.A: /,
    ],
    [
      "a resource of another kind",
      { company: { name: "a" }, hosting: { resources: { limits: { "nvidia.com/gpu": "1" } } } },
      /nvidia/,
    ],
    ["hosting that is a list", { company: { name: "a" }, hosting: [] }, /^hosting: /],
    ["a host twice", { company: { name: "a" }, hosting: { hostnames: ["a.de", "a.de"] } }, /twice/],
    ["an odd variable", { company: { name: "a" }, hosting: { env: { "A B": "" } } }, /A B/],
  ])("is not one with %s", (_, document, reason) => {
    expect(reasonsOf(document)[0]).toMatch(reason);
  });

  it.each([
    '{"company":{"name":"a"},"hosting":{"__proto__":{"replicas":900}}}',
    '{"company":{"name":"a"},"hosting":{"resources":{"limits":{"__proto__":{"cpu":"64"}}}}}',
    '{"company":{"name":"a"},"hosting":{"constructor":{"prototype":{"replicas":900}}}}',
    '{"company":{"name":"a"},"hosting":{"$ref":"#/plans"}}',
  ])("is not one with keys of hosting that only look harmless: %s", (text) => {
    expect(reasonsOf(JSON.parse(text))[0]).toMatch(/^hosting(\.resources\.limits)?: Unrecognized key/);
  });

  it("does not take numbers that no reader of JSON can hold", () => {
    const [reason] = reasonsOf(JSON.parse('{"company":{"name":"a"},"extra":{"n":1e400}}'));
    expect(reason).toMatch(/number that JSON readers round/);
  });

  it.each(["v0.11", "0", "sha256:" + "a".repeat(64), "@sha256:" + "a".repeat(64)])(
    "may ask for the version %s",
    (version) => {
      expect(requestOf({ company: { name: "a" }, hosting: { version } }).hosting).toEqual({ version });
    },
  );

  it.each(["shop.example.com", "xn--mnchen-3ya.example", "a.xn--p1ai", "7.example.com"])(
    "may ask for the host name %s",
    (hostname) => {
      expect(requestOf({ company: { name: "a" }, hosting: { hostnames: [hostname] } }).hosting).toEqual({
        hostnames: [hostname],
      });
    },
  );

  it("is not one with a variable named __proto__, which would otherwise be lost", () => {
    expect(reasonsOf(JSON.parse('{"company":{"name":"a"},"hosting":{"env":{"__proto__":"x"}}}'))[0]).toMatch(
      /__proto__/,
    );
  });

  it("names every reason, up to a number, each in printable characters and without the secrets", () => {
    const reasons = reasonsOf({
      company: 5,
      password: ["hunter2"],
      plans: Array.from({ length: 100 }, () => 5),
      hosting: { "\u001b[31m": 1 },
    });
    expect(reasons).toHaveLength(21);
    expect(reasons.at(-1)).toMatch(/^and \d+ more$/);
    expect(reasons.join("")).not.toMatch(/hunter2|\p{Cc}/u);
  });

  it("is never looked for by throwing, whatever the document is", () => {
    fc.assert(
      fc.property(fc.anything(), (document) => {
        expect(parseSiteRequest(document).ok).toBeTypeOf("boolean");
      }),
    );
  });
});

describe("the digest of a site request", () => {
  const request = requestOf(readFixture("with-hosting.json"));

  it("is the same without the secrets", () => {
    const { password: _, login_token: __, ...rest } = readFixture("with-hosting.json");
    expect(requestDigest(requestOf(rest))).toBe(requestDigest(request));
  });

  it("differs when the payload or the hosting differs", () => {
    const document = readFixture("with-hosting.json");
    expect(requestDigest(requestOf({ ...document, country_code: "GB" }))).not.toBe(requestDigest(request));
    expect(requestDigest(requestOf({ ...document, hosting: {} }))).not.toBe(requestDigest(request));
  });
});

describe("a document of somebody else", () => {
  it("has none of a request's keys", () => {
    expect(looksLikeSiteRequest({ _id: "session", expires: 5 })).toBe(false);
    expect(looksLikeSiteRequest({ users: [] })).toBe(true);
    expect(looksLikeSiteRequest("company")).toBe(false);
  });
});
