import { chmod, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePrograms } from "./bundle.ts";

/**
 * Bundles the two programs into dist/: small launchers without static imports, and chunks that they load on demand.
 *
 * - `dist/kubectl-subscribie` and `dist/subscribie-webhook` are the launchers: they parse on any Node, so that an
 *   old one is refused in one line instead of with a syntax error.
 * - Splitting keeps `version`, `--help` and completion from loading the Kubernetes client (about 80 ms).
 * - The chunks are CommonJS: Node.js starts a dozen of them twice as fast as a dozen ES modules.
 */

const outputDirectory = fileURLToPath(new URL("dist", import.meta.url));

const programs = { "kubectl-subscribie": "plugin/main.ts", "subscribie-webhook": "webhook/main.ts" };

/** What kubectl looks for on the PATH to complete `kubectl subscribie <TAB>`: the plugin, asked for completions. */
const completionName = "kubectl_complete-subscribie";

const minimumNodeMajor = 24;

function launcher(name: string, program: string, prepare = ""): string {
  return `#!/usr/bin/env node
const found = process.versions.node;
if (Number(found.split(".")[0]) < ${minimumNodeMajor}) {
  process.stderr.write("error: ${name} needs Node.js ${minimumNodeMajor} or newer, this is " + found + "; install a newer Node.js and put it first on the PATH\\n");
  process.exitCode = 1;
} else {
  // Compiled code is kept between runs, which halves the start-up of commands that load the Kubernetes client.
  require("node:module").enableCompileCache();
  ${prepare}require("./lib/${program}.js");
}
`;
}

async function fill(directory: string): Promise<void> {
  await mkdir(directory);
  // Wherever dist/ stands, also in a package of ES modules, these are CommonJS.
  await writeFile(join(directory, "package.json"), '{"type":"commonjs"}\n');
  await bundlePrograms(programs, join(directory, "lib"));
  for (const name of Object.keys(programs)) await writeLauncher(directory, name, launcher(name, name));
  await copySchemas(join(directory, "schemas"));
  const asCompletion = `process.argv.splice(2, 0, "completion", "--");\n  `;
  const completion = launcher(completionName, "kubectl-subscribie", asCompletion);
  await writeLauncher(directory, completionName, completion);
}

/** For editors and for programs that submit: what requests, and the operator's files, may hold. */
const schemas = [
  "shared/site/site-request.schema.json",
  "shared/site/hosting.schema.json",
  "shared/site/site-defaults.schema.json",
  "plugin/configuration/configuration.schema.json",
] as const;

async function copySchemas(directory: string): Promise<void> {
  await mkdir(directory);
  for (const schema of schemas) {
    await copyFile(fileURLToPath(new URL(schema, import.meta.url)), join(directory, basename(schema)));
  }
}

async function writeLauncher(directory: string, name: string, text: string): Promise<void> {
  const file = join(directory, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
}

/** Made beside the old one and then put in its place: what runs meanwhile finds either, whole. */
async function replaceOutput(): Promise<void> {
  const made = `${outputDirectory}.new-${process.pid}`;
  const old = `${outputDirectory}.old-${process.pid}`;
  try {
    await fill(made);
    await rename(outputDirectory, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(made, outputDirectory);
  } finally {
    await rm(made, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

await replaceOutput();
if (!process.argv.includes("--quiet")) {
  console.log("built dist/kubectl-subscribie and dist/subscribie-webhook");
}
