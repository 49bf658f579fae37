import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { type Component, moduleDirectory, recipeOf } from "./components.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { lastLines } from "./log-lines.ts";

const run = promisify(execFile);

const howToGetGo =
  "Install Go 1.26 or newer and put it on the PATH, or set KUBEBUILDER_ASSETS to a folder that holds the programs.";

/**
 * Checks that Go is there and new enough for our go.mod files, and returns the command to run.
 *
 * `go version` is asked inside a module's folder: only there does Go compare itself with the go.mod's `go` line, and,
 * where GOTOOLCHAIN allows it, fetch a newer toolchain by itself.
 *
 * @throws ControlPlaneError when there is no Go, or an older one.
 */
export async function findGo(environment: NodeJS.ProcessEnv): Promise<string> {
  const go = "go";
  try {
    await run(go, ["version"], { cwd: moduleDirectory("kubernetes"), env: environment });
    return go;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new ControlPlaneError(
        `The test control plane is built with Go, and there is no go on the PATH. ${howToGetGo}`,
      );
    }
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new ControlPlaneError(
      `The test control plane cannot be built with this Go: ${said}. ${howToGetGo}`,
    );
  }
}

export interface GoBuildRequest {
  /** The go command. */
  go: string;
  component: Component;
  /** The file to write. */
  output: string;
  /** Takes what go prints. */
  log: string;
  environment: NodeJS.ProcessEnv;
  report: (line: string) => void;
}

/** A build that takes minutes says so this often, lest it looks hung. */
const reminderMilliseconds = 60_000;

/**
 * Builds one program. CGO is off, so that no C compiler is needed and the result runs on any Linux of this kind.
 *
 * @throws ControlPlaneError with go's last line and the log's name.
 */
export async function goBuild(request: GoBuildRequest): Promise<void> {
  const recipe = recipeOf(request.component);
  const linkerFlags = ["-s", "-w", ...recipe.variables.map((variable) => `-X ${variable}`)].join(" ");
  const log = await open(request.log, "w");
  const started = Date.now();
  const reminder = setInterval(() => {
    const minutes = Math.round((Date.now() - started) / 60_000);
    request.report(`… still building ${request.component}, ${minutes} min so far`);
  }, reminderMilliseconds);
  const child = spawn(
    request.go,
    ["build", "-buildvcs=false", "-trimpath", "-ldflags", linkerFlags, "-o", request.output, recipe.package],
    {
      cwd: moduleDirectory(recipe.module),
      // A workspace or -mod flag of the person's own would build something else than our go.mod says.
      env: { ...request.environment, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
      stdio: ["ignore", log.fd, log.fd],
    },
  );
  const abandon = (): void => void child.kill();
  process.once("exit", abandon);
  try {
    const [code, signal] = await once(child, "exit");
    if (code !== 0) {
      const said = lastLines(await readFile(request.log, "utf8"), 1).join("");
      throw new ControlPlaneError(
        `Building ${request.component} failed (${signal ?? `exit code ${code}`}): ${said || "go printed nothing"}. ` +
          `Everything that go printed is in ${request.log}; what was built stays, so a second run goes on from there.`,
      );
    }
  } finally {
    process.off("exit", abandon);
    clearInterval(reminder);
    await log.close();
  }
}
