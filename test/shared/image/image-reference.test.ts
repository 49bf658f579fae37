import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatImageReference, parseImageReference } from "../../../shared/image/image-reference.ts";

const digest = `sha256:${"0a".repeat(32)}`;

describe("parseImageReference", () => {
  it.each([
    ["nginx", "docker.io", "library/nginx", undefined, undefined],
    ["nginx:1.27", "docker.io", "library/nginx", "1.27", undefined],
    ["subscribie/shop", "docker.io", "subscribie/shop", undefined, undefined],
    ["index.docker.io/nginx", "docker.io", "library/nginx", undefined, undefined],
    ["docker.io/library/nginx", "docker.io", "library/nginx", undefined, undefined],
    ["ghcr.io/a/b:v1", "ghcr.io", "a/b", "v1", undefined],
    ["GHCR.io/a/b:V1", "ghcr.io", "a/b", "V1", undefined],
    ["Registry/a", "registry", "a", undefined, undefined],
    ["localhost/a", "localhost", "a", undefined, undefined],
    ["localhost:5000/a:b", "localhost:5000", "a", "b", undefined],
    ["[::1]:5000/a", "[::1]:5000", "a", undefined, undefined],
    [`ghcr.io/a/b@${digest}`, "ghcr.io", "a/b", undefined, digest],
    [`ghcr.io/a/b:v1@${digest}`, "ghcr.io", "a/b", "v1", digest],
    ["a__b/c-d.e", "docker.io", "a__b/c-d.e", undefined, undefined],
  ])("reads %s", (text, registry, repository, tag, found) => {
    expect(parseImageReference(text)).toEqual({ registry, repository, tag, digest: found });
  });

  it.each([
    "",
    ":",
    "@",
    "/",
    "a/",
    "/a",
    "a//b",
    "ghcr.io/A/b",
    "a:",
    "a:b:c",
    "a:-b",
    "a@sha256:short",
    `a@${digest}@${digest}`,
    "a b",
    "a\n",
    "user@ghcr.io/a",
    "https://ghcr.io/a",
    "ghcr.io/a/../b",
    "ghcr.io/a/./b",
    "ghcr.io:port/a",
    "-ghcr.io/a",
    `a:${"t".repeat(129)}`,
    "a".repeat(300),
    "ａ/b",
  ])("refuses %j", (text) => expect(parseImageReference(text)).toBeUndefined());

  it("reads back what it writes", () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    fc.assert(
      fc.property(
        fc.constantFrom("ghcr.io", "localhost:5000", "registry.example"),
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined }),
        fc.constantFrom(undefined, digest),
        (registry, path, tag, found) => {
          const image = { registry, repository: path.join("/"), tag, digest: found };
          expect(parseImageReference(formatImageReference(image))).toEqual(image);
        },
      ),
    );
  });

  it("never throws and never hangs", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseImageReference(text)).not.toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.:@/_-]{0,700}$/), (text) => void parseImageReference(text)),
    );
  });
});
