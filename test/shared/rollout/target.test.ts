import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseImageReference } from "../../../shared/image/image-reference.ts";
import { formatTarget, parseTarget, targetImage, versionOf } from "../../../shared/rollout/target.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

function imageFor(version: string, current: string): string | undefined {
  const parsed = parseTarget(version);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return targetImage(parsed.target, current);
}

describe("a site's next image", () => {
  test.each([
    ["v0.11", "ghcr.io/subscribie/subscribie:v0.10", "ghcr.io/subscribie/subscribie:v0.11"],
    ["v0.11", "subscribie", "subscribie:v0.11"],
    ["v0.11", "localhost:5000/subscribie", "localhost:5000/subscribie:v0.11"],
    ["v0.11", "localhost:5000/subscribie:v0.10", "localhost:5000/subscribie:v0.11"],
    ["v0.11", `ghcr.io/subscribie/subscribie:v0.10@${digest}`, "ghcr.io/subscribie/subscribie:v0.11"],
    [`@${digest}`, "ghcr.io/subscribie/subscribie:v0.10", `ghcr.io/subscribie/subscribie@${digest}`],
    [`@${digest}`, `localhost:5000/subscribie@${digest}`, `localhost:5000/subscribie@${digest}`],
    ["registry.example:5000/shop:v2", "ghcr.io/subscribie/subscribie:v0.10", "registry.example:5000/shop:v2"],
    ["shop:v2", "ghcr.io/subscribie/subscribie:v0.10", "shop:v2"],
    ["v0.11", "Not/Valid", undefined],
  ])("for %s from %s", (version, current, expected) => {
    expect(imageFor(version, current)).toBe(expected);
  });

  test("keeps the repository, whatever the tag", () => {
    const tags = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
    const names = fc.constantFrom("nginx", "a/b", "ghcr.io/a/b", "localhost:5000/a", "[::1]:5000/a/b");
    fc.assert(
      fc.property(names, tags, tags, (name, before, after) => {
        expect(imageFor(after, `${name}:${before}`)).toBe(`${name}:${after}`);
        expect(versionOf(`${name}:${after}`)).toBe(after);
      }),
    );
  });
});

describe("VERSION", () => {
  test.each([
    "",
    " ",
    "-v1",
    ".v1",
    "v 1",
    "v0.11;rm -rf",
    "@sha256:12",
    "@",
    `@md5:${"x".repeat(40)}`,
    "Upper/Case:v1",
    "a//b:1",
    "a:",
    "a/b:tag:tag",
    "$(id)",
    "../x:1",
  ])("cannot be %j", (version) => {
    expect(parseTarget(version)).toHaveProperty("problem");
  });

  test("that is accepted never makes an image that the runtimes refuse", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (version) => {
        const parsed = parseTarget(version);
        if ("problem" in parsed) return;
        const image = targetImage(parsed.target, "ghcr.io/subscribie/subscribie:v0.10") ?? "";
        expect(parseImageReference(image)).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test("is named as a person would", () => {
    expect(formatTarget({ kind: "tag", tag: "v0.11" })).toBe("v0.11");
    expect(formatTarget({ kind: "digest", digest })).toBe("@sha256:0123456789ab");
    expect(formatTarget({ kind: "image", image: "shop:v2" })).toBe("shop:v2");
    expect(versionOf("shop")).toBe("latest");
    expect(versionOf(`shop@${digest}`)).toBe("@sha256:0123456789ab");
    expect(versionOf("NOT AN IMAGE")).toBe("NOT AN IMAGE");
  });

  test("that is wrong is shown shortened", () => {
    const parsed = parseTarget(`-${"x".repeat(5_000)}`);
    expect("problem" in parsed && parsed.problem.length).toBeLessThan(250);
  });
});
