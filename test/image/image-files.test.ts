import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };

/*
 * The image without a container runtime: the files that the Dockerfile's last stage copies, in an empty folder, run by
 * an account that owns nothing.
 */

const checkout = path.resolve(import.meta.dirname, "../..");
const unprivileged = 65_534;

let root: string;
let dockerfile: string;

beforeAll(async () => {
  dockerfile = await readFile(path.join(checkout, "Dockerfile"), "utf8");
  root = await mkdtemp(path.join(tmpdir(), "subscribie-image-"));
  await chmod(root, 0o755);
  for (const [source = "", target = ""] of lastStageCopies()) {
    const destination = path.join(root, target);
    await mkdir(path.dirname(destination), { recursive: true });
    await cp(path.join(checkout, source), destination, { recursive: true });
  }
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

function lastStage(): string {
  return dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
}

function lastStageEnvironment(): Record<string, string> {
  return Object.fromEntries(
    [...lastStage().matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** What the last stage copies: from the build stage's /build, which is a checkout, or from the checkout itself. */
function lastStageCopies(): readonly (readonly string[])[] {
  return [...lastStage().matchAll(/^COPY (?:--from=build \/build\/)?(\S+) (\S+)$/gm)].map((match) =>
    match.slice(1),
  );
}

interface Result {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Result> {
  const isRoot = process.getuid?.() === 0;
  const child = spawn(process.execPath, args, {
    cwd: "/",
    env: lastStageEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    ...(isRoot && { uid: unprivileged, gid: unprivileged }),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  const [code]: unknown[] = await once(child, "close");
  return { code, ...output };
}

test("the image holds the bundles and the licence, and nothing that could install or build", async () => {
  expect((await readdir(path.join(root, "app"))).toSorted()).toEqual(["LICENSE", "dist"]);
  const files = await readdir(path.join(root, "app"), { recursive: true });
  expect(files.filter((file) => file.includes("node_modules") || file.endsWith(".ts"))).toEqual([]);
});

test("the plugin runs by itself, in an empty folder, without rights", async () => {
  const { code, stdout, stderr } = await run(
    path.join(root, "app/dist/kubectl-subscribie"),
    "version",
    "-o",
    "json",
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ clientVersion: `v${packageJson.version}` });
});

test("a command that needs the cluster loads all that it needs", async () => {
  const { code, stderr } = await run(
    path.join(root, "app/dist/kubectl-subscribie"),
    "sites",
    "--server",
    "https://127.0.0.1:1",
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*127\.0\.0\.1:1.*\n$/);
});

test("the webhook runs by itself, in an empty folder, without rights", async () => {
  const { code, stdout, stderr } = await run(path.join(root, "app/dist/subscribie-webhook"), "--help");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("--limits-file FILE");
});

test("the image runs as nobody in particular, from a base without a shell", () => {
  expect(dockerfile).toMatch(/\nFROM gcr\.io\/distroless\/.*:nonroot\n/);
  expect(dockerfile).toMatch(/\nUSER 65532:65532\n/);
});

test("the image is built from the lock file, without running packages' scripts", () => {
  expect(dockerfile).toContain("RUN npm ci --ignore-scripts\n");
});

test("the chart's commands are files of the image", async () => {
  const templates = path.join(checkout, "charts/subscribie/templates");
  const files = (await readdir(templates, { recursive: true })).filter((file) => file.endsWith(".yaml"));
  const texts = await Promise.all(
    files.map(async (file) => await readFile(path.join(templates, file), "utf8")),
  );
  const programs = texts.flatMap((text) =>
    [...text.matchAll(/"(\/app\/[^"]+)"/g)].map(([, file]) => file ?? ""),
  );
  expect(programs.toSorted()).toEqual(["/app/dist/kubectl-subscribie", "/app/dist/subscribie-webhook"]);
  for (const program of programs) await expect(readFile(path.join(root, program))).resolves.toBeDefined();
});
