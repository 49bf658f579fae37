import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { krewManifest, parseChecksums, releasePlatforms } from "../../krew/krew-manifest.ts";
import packageJson from "../../package.json" with { type: "json" };

/**
 * What krew's own validation asks of a manifest, and krew-index's reviewers: sigs.k8s.io/krew
 * internal/index/validation/validate.go, https://krew.sigs.k8s.io/docs/developer-guide/develop/naming-guide/
 */
const krewSchema = z.strictObject({
  apiVersion: z.literal("krew.googlecontainertools.github.com/v1alpha2"),
  kind: z.literal("Plugin"),
  metadata: z.strictObject({
    name: z
      .string()
      .regex(/^[\w-]+$/)
      .regex(/^(?!kube)[a-z][a-z0-9-]*$/)
      .refine((name) => !/^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(name), "is a reserved name of Windows"),
  }),
  spec: z.strictObject({
    version: z.string().regex(/^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/),
    homepage: z.url(),
    shortDescription: z
      .string()
      .min(1)
      .max(60)
      .regex(/^[^\n]*[^.\n]$/),
    description: z.string(),
    caveats: z.string(),
    platforms: z
      .array(
        z.strictObject({
          selector: z.strictObject({
            matchLabels: z.strictObject({
              os: z.enum(["linux", "darwin", "windows"]),
              arch: z.enum(["amd64", "arm64"]),
            }),
          }),
          uri: z.string().regex(/^https:\/\/.*\.(?:zip|tar\.gz)$/),
          sha256: z.string().regex(/^[0-9a-f]{64}$/),
          bin: z.string().min(1),
        }),
      )
      .min(1),
  }),
});

const checksumsText = releasePlatforms
  .map(({ archive }, index) => `${String(index).repeat(64)}  ${archive}\n`)
  .join("");

function manifest(): z.infer<typeof krewSchema> {
  return krewSchema.parse(krewManifest("1.2.3", parseChecksums(checksumsText)));
}

test("krew takes the manifest", () => {
  expect(manifest().spec.version).toBe("v1.2.3");
});

test("each platform has its own archive with its own checksum", () => {
  const { platforms } = manifest().spec;
  expect(new Set(platforms.map(({ uri }) => uri)).size).toBe(platforms.length);
  expect(new Set(platforms.map(({ sha256 }) => sha256)).size).toBe(platforms.length);
  for (const { uri } of platforms) expect(uri).toContain("/v1.2.3/");
});

test("on Windows the program is an .exe, which krew insists on", () => {
  for (const { selector, bin, uri } of manifest().spec.platforms) {
    const isWindows = selector.matchLabels.os === "windows";
    expect([bin.endsWith(".exe"), uri.endsWith(".zip")]).toEqual([isWindows, isWindows]);
  }
});

test("an archive without a checksum is an error, not an empty field", () => {
  expect(() => krewManifest("1.2.3", parseChecksums(""))).toThrow(
    "kubectl-subscribie-linux-x64.tar.gz has no checksum",
  );
});

test("checksums are read as sha256sum writes them, for texts and for binaries", () => {
  const sum = "a".repeat(64);
  expect([...parseChecksums(`${sum}  one.zip\n${sum} *two.zip\nnot a line\n`).keys()]).toEqual([
    "one.zip",
    "two.zip",
  ]);
});

const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.record(z.string(), z.string()).optional(),
      steps: z.array(z.looseObject({ uses: z.string().optional(), run: z.string().optional() })),
    }),
  ),
});

async function readWorkflow(name: string): Promise<{ text: string; workflow: z.infer<typeof workflow> }> {
  const text = await readFile(new URL(`../../.github/workflows/${name}`, import.meta.url), "utf8");
  return { text, workflow: workflow.parse(parse(text)) };
}

test("the release builds every platform that the manifest names", async () => {
  const { text } = await readWorkflow("release.yaml");
  for (const { archive } of releasePlatforms) {
    const name = archive.replace(/^kubectl-subscribie-/, "").replace(/\.(?:zip|tar\.gz)$/, "");
    expect(text).toContain(`platform: ${name}`);
  }
});

test.each(["ci.yaml", "release.yaml"])(
  "%s pins each action by its commit, and grants nothing by default",
  async (name) => {
    const { workflow: parsed } = await readWorkflow(name);
    expect(parsed.permissions).toEqual({});
    const actions = Object.values(parsed.jobs).flatMap(({ steps }) =>
      steps.flatMap(({ uses }) => uses ?? []),
    );
    for (const action of actions) expect(action).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
  },
);

test("no workflow writes an expression into a shell command, where its text would be run", async () => {
  for (const name of ["ci.yaml", "release.yaml"]) {
    const { workflow: parsed } = await readWorkflow(name);
    const commands = Object.values(parsed.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    for (const command of commands) expect(command).not.toContain("${{");
  }
});

test("the tag has to be the package's version", async () => {
  const { text } = await readWorkflow("release.yaml");
  expect(text).toContain('test "v$(node -p');
  expect(packageJson.version).toMatch(/^\d+\.\d+\.\d+/);
});
