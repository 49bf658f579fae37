import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
let directory: string;

interface Ended {
  readonly code: number | string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function runFile(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(
      file,
      args,
      { cwd: directory, env: { PATH: process.env["PATH"], HOME: directory, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? undefined), stdout, stderr });
      },
    );
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "subscribie-launcher-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe.each(["kubectl-subscribie", "subscribie-webhook"])("dist/%s", (program) => {
  it("runs from any folder, also by a link to it", async () => {
    const link = join(directory, program);
    await symlink(join(dist, program), link);
    const { code, stdout } = await runFile(link, ["--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Run a thousand|^Usage: subscribie-webhook/);
  });

  it("refuses an older Node.js in one line, and no stack", async () => {
    // What an old Node.js would report, put in place before the launcher runs.
    const pretence = join(directory, "old-node.cjs");
    await writeFile(
      pretence,
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });',
    );
    const { code, stdout, stderr } = await runFile(process.execPath, [
      "--require",
      pretence,
      join(dist, program),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `error: ${program} needs Node.js 24 or newer, this is 20.20.2; install a newer Node.js and put it first on the PATH\n`,
    );
  });
});
