import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { type ProgramResult, runProgram } from "../control-plane/run-program.ts";
import { createSites, waitForSites } from "../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace } from "../control-plane/test-cluster.ts";

/*
 * The plugin as a person installs it: packed, installed by npm into an empty folder, found and completed by kubectl.
 * dist/ is as `npm run build` made it.
 */

const rolloutSchema = z.object({ id: z.string() });

const checkout = path.resolve(import.meta.dirname, "../..");

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subscribie-install-"));
  const base = kubectlEnvironment(controlPlane);
  environment = {
    ...base,
    // The pinned Node.js, as a person with a new enough one has it on the PATH.
    PATH: [path.join(folder, "bin"), path.dirname(process.execPath), base["PATH"]].join(path.delimiter),
    npm_config_cache: path.join(folder, "cache"),
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function run(command: string, ...args: readonly string[]): Promise<ProgramResult> {
  return await runProgram(command, args, { environment });
}

test("the packed package installs offline, with nothing but itself", async () => {
  const packed = await run(
    "npm",
    "pack",
    checkout,
    "--pack-destination",
    folder,
    "--ignore-scripts",
    "--silent",
  );
  expect(packed.code).toBe(0);
  const archive = path.join(folder, packed.stdout.trim());
  const installed = await run("npm", "install", "--global", "--offline", "--prefix", folder, archive);
  expect(installed.code).toBe(0);
  const modules = path.join(folder, "lib/node_modules");
  expect(await readdir(modules)).toEqual(["kubectl-subscribie"]);
  const files = await readdir(path.join(modules, "kubectl-subscribie"));
  expect(files.toSorted()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
  expect(files).not.toContain("node_modules");
});

test("the package depends on nothing at run time", async () => {
  const text = await readFile(path.join(folder, "lib/node_modules/kubectl-subscribie/package.json"), "utf8");
  expect(JSON.parse(text)).not.toHaveProperty("dependencies");
});

test("kubectl finds the plugin, and no other program in its way", async () => {
  const { stdout, stderr, code } = await run("kubectl", "plugin", "list");
  expect(stdout).toContain(path.join(folder, "bin/kubectl-subscribie"));
  expect(stderr).not.toContain("overshadowed");
  expect(code).toBe(0);
  expect((await run("kubectl", "subscribie", "version")).stdout).toContain(`v${packageJson.version}`);
});

/** What the shell offers after these words, without descriptions: by kubectl's own completion, which asks ours. */
async function completions(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run("kubectl", "__complete", "subscribie", ...words);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0] ?? "");
}

test("kubectl completes commands and flags", async () => {
  expect(await completions("upg")).toEqual(["upgrade"]);
  expect(await completions("version", "-o", "")).toEqual(["json", "yaml"]);
});

test("kubectl completes sites and versions from the cluster", async () => {
  const namespace = await createTestNamespace("completion");
  await createSites(client, namespace, 2, { prefix: "honey" });
  expect(await completions("sites", "-n", namespace, "honey-00001", "")).toEqual(["honey-00002"]);
  expect(await completions("upgrade", "-n", namespace, "v")).toEqual(["v0.10"]);
});

test("kubectl completes ids of rollouts from their records", async () => {
  const namespace = await createTestNamespace("completion");
  const names = await createSites(client, namespace, 1);
  await waitForSites(client, namespace, names, AbortSignal.timeout(60_000));
  const upgrade = ["upgrade", "v0.11", "--canary", "none", "-n", namespace, "-o", "json"];
  const { code, stdout } = await run("kubectl", "subscribie", ...upgrade);
  expect(code).toBe(0);
  const { id } = rolloutSchema.parse(JSON.parse(stdout));
  expect(await completions("status", "-n", namespace, "u-")).toEqual([id]);
  expect(await completions("rollback", "-n", namespace, "--rollout", "")).toEqual([id]);
  expect(await completions("status", "--record-namespace", namespace, "u-")).toEqual([id]);
  // Rollouts over all namespaces have their records elsewhere.
  expect(await completions("status", "-n", namespace, "-A", id)).toEqual([]);
});
