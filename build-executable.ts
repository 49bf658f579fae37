/**
 * Makes dist-executable/kubectl-subscribie (.exe on Windows): the plugin and Node.js in one file, for this machine's
 * platform.
 *
 *     node build-executable.ts
 *
 * Node.js 24 reads the program from a section that postject writes into a copy of its own executable. The code cache
 * in it saves a third to a half of the start-up: without it, all of the program is compiled at each start.
 *
 * Node.js 26 can do the same by itself (--build-sea), from ES modules too. Measured on Linux x64, with the code cache:
 * 131 MB here (30 MB as xz) against 151 MB (35 MB) there; we stay with the version that everything is tested on.
 * Symbols must not be stripped afterwards: that breaks the executable.
 */
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePrograms } from "./bundle.ts";

const directory = fileURLToPath(new URL("dist-executable", import.meta.url));
const isWindows = process.platform === "win32";
const isMac = process.platform === "darwin";

const bundle = join(directory, "plugin.js");
const blob = join(directory, "plugin.blob");
const executable = join(directory, isWindows ? "kubectl-subscribie.exe" : "kubectl-subscribie");

/** What Node.js looks for in its own executable: https://nodejs.org/api/single-executable-applications.html */
const section = { name: "NODE_SEA_BLOB", fuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2" };

async function makeBlob(): Promise<void> {
  const configuration = join(directory, "sea.json");
  const content = { main: bundle, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true };
  await writeFile(configuration, JSON.stringify(content));
  execFileSync(process.execPath, ["--experimental-sea-config", configuration], { stdio: "ignore" });
}

async function injectBlob(): Promise<void> {
  await copyFile(process.execPath, executable);
  await chmod(executable, 0o755);
  // The signature of Node.js itself does not hold for another content.
  if (isMac) execFileSync("codesign", ["--remove-signature", executable]);
  const postject = createRequire(import.meta.url).resolve("postject/dist/cli.js");
  const macOptions = isMac ? ["--macho-segment-name", "NODE_SEA"] : [];
  execFileSync(
    process.execPath,
    [postject, executable, section.name, blob, "--sentinel-fuse", section.fuse, ...macOptions],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  if (isMac) execFileSync("codesign", ["--sign", "-", executable]);
}

await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
await bundlePrograms({ plugin: "plugin/main.ts" }, directory, { whole: true });
await makeBlob();
await injectBlob();
for (const file of [bundle, blob, join(directory, "sea.json")]) await rm(file);
const megabytes = (await readFile(executable)).length / 1_000_000;
process.stdout.write(`built ${executable} (${megabytes.toFixed(0)} MB)\n`);
