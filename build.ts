import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles the two programs into dist/: small launchers without static imports, and chunks that they load on demand.
 *
 * - `dist/kubectl-subscribie` and `dist/subscribie-webhook` are the launchers: they parse on any Node, so that an
 *   old one is refused in one line instead of with a syntax error.
 * - Splitting keeps `version`, `--help` and completion from loading the Kubernetes client (about 80 ms).
 */

const outputDirectory = fileURLToPath(new URL("dist", import.meta.url));

const programs = [
  { name: "kubectl-subscribie", entry: "plugin/main.ts" },
  { name: "subscribie-webhook", entry: "webhook/main.ts" },
] as const;

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
  // Compiled code is kept between runs; asked for here, so that no file is compiled before it.
  process.getBuiltinModule("node:module").enableCompileCache();
  ${prepare}import("./lib/${program}.js");
}
`;
}

/** CommonJS dependencies call require(), which an ES module does not have; few files do, and making one takes time. */
const makeRequire =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

async function bundle(directory: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(programs.map(({ name, entry }) => [name, entry])),
    outdir: join(directory, "lib"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${minimumNodeMajor}`,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "linked",
    logLevel: "warning",
    write: false,
  });
  await mkdir(join(directory, "lib"), { recursive: true });
  for (const { path, text } of outputFiles) {
    await writeFile(path, /\brequire\b/.test(text) ? makeRequire + text : text);
  }
  for (const { name } of programs) await writeLauncher(directory, name, launcher(name, name));
  const asCompletion = `process.argv.splice(2, 0, "completion", "--");\n  `;
  await writeLauncher(directory, completionName, launcher(completionName, programs[0].name, asCompletion));
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
    await bundle(made);
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
