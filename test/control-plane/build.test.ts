import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { ensureBinaries } from "./build.ts";
import { ControlPlaneError } from "./control-plane-error.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "subscribie-build-test-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A machine with an empty cache, and nothing on its PATH but a program called go, if there is one. */
async function machine(go?: string): Promise<NodeJS.ProcessEnv> {
  const programs = path.join(directory, "programs");
  await mkdir(programs);
  if (go !== undefined) {
    await writeProgram(path.join(programs, "go"), go);
  }
  return { PATH: programs, HOME: directory, XDG_CACHE_HOME: path.join(directory, "cache") };
}

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(file, 0o755);
}

/** Stands for the compiler where a real one would take minutes: it writes down each build, and its `-o` file. */
const quickGo = `
[ "$1" = version ] && exit 0
while [ "$1" != -o ]; do shift; done
sleep 0.2
echo build >> "$HOME/builds"
echo '#!/bin/sh' > "$2" && chmod +x "$2"`;

async function failureOf(environment: NodeJS.ProcessEnv): Promise<string> {
  const failure: unknown = await ensureBinaries({ environment, report: () => {} }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ControlPlaneError);
  return failure instanceof ControlPlaneError ? failure.message : "";
}

test("a machine without Go is told in one line what to install, or what to set instead", async () => {
  const message = await failureOf(await machine());
  expect(message).toBe(
    "The test control plane is built with Go, and there is no go on the PATH. Install Go 1.26 or newer and put it " +
      "on the PATH, or set KUBEBUILDER_ASSETS to a folder that holds the programs.",
  );
});

test("a Go that is too old is named in Go's own words", async () => {
  const complaint = "go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)";
  const message = await failureOf(await machine(`echo '${complaint}' >&2; exit 1`));
  expect(message).toContain(complaint);
  expect(message).toContain("Install Go 1.26 or newer");
  expect(message).not.toContain("\n");
});

test("a failed build is one line with the compiler's last words and the name of the whole log", async () => {
  // The real compiler, which may neither use what it fetched before nor fetch it again.
  const { PATH, ...rest } = { ...process.env, ...(await machine()), PATH: process.env["PATH"] };
  const environment = {
    ...rest,
    PATH,
    GOPROXY: "off",
    GOMODCACHE: path.join(directory, "modules"),
    GOFLAGS: "",
  };
  const message = await failureOf(environment);
  expect(message).toMatch(/^Building kube-apiserver failed \(exit code 1\): .*GOPROXY=off/);
  expect(message).not.toContain("\n");
  const log = /is in (\S+\.log);/.exec(message)?.[1] ?? "";
  expect(await readFile(log, "utf8")).toContain("GOPROXY=off");
});

test("progress names each program and how many there are", async () => {
  const lines: string[] = [];
  await ensureBinaries({ environment: await machine(quickGo), report: (line) => lines.push(line) });
  expect(lines[0]).toBe(
    "Building a Kubernetes control plane once, about ten minutes on two cores: kube-apiserver (1 of 6) …",
  );
  expect(lines[5]).toContain("kwok (6 of 6)");
});

test("what was built once is found again, without Go and without a word", async () => {
  const environment = await machine(quickGo);
  const built = await ensureBinaries({ environment, report: () => {} });
  await rm(path.join(directory, "programs"), { recursive: true });
  const lines: string[] = [];
  const found = await ensureBinaries({ environment, report: (line) => lines.push(line) });
  expect(found).toEqual(built);
  expect(lines).toEqual([]);
});

test("two runs at once build each program once, and leave nothing unfinished", async () => {
  const environment = await machine(quickGo);
  const lines: string[] = [];
  const options = {
    environment,
    components: ["etcd", "kwok"] as const,
    report: (line: string) => lines.push(line),
  };
  const [binaries] = await Promise.all([ensureBinaries(options), ensureBinaries(options)]);
  expect(await readFile(path.join(directory, "builds"), "utf8")).toBe("build\nbuild\n");
  expect(lines).toContainEqual(expect.stringMatching(/^Waiting for process \d+/));
  const files = await readdir(path.dirname(binaries.etcd));
  expect(files.toSorted()).toEqual(["etcd", "etcd.log", "kwok", "kwok.log"]);
});

test("the lock of a process that is gone holds nobody up", async () => {
  const environment = await machine(quickGo);
  const { etcd } = await ensureBinaries({ environment, components: ["kwok"], report: () => {} });
  // No Linux gives out process ids above 4,194,304.
  await writeFile(path.join(path.dirname(etcd), "build.lock"), "4194305");
  await ensureBinaries({ environment, components: ["etcd"], report: () => {} });
  expect(await readFile(path.join(directory, "builds"), "utf8")).toBe("build\nbuild\n");
});

test("programs in the folder that KUBEBUILDER_ASSETS names are used, and only the others are built", async () => {
  const assets = path.join(directory, "assets");
  await mkdir(assets);
  await writeProgram(path.join(assets, "etcd"), "exit 0");
  const environment = { ...(await machine(quickGo)), KUBEBUILDER_ASSETS: assets };
  const binaries = await ensureBinaries({ environment, components: ["etcd", "kwok"], report: () => {} });
  expect(binaries.etcd).toBe(path.join(assets, "etcd"));
  expect(binaries.kwok).toContain(path.join(directory, "cache", "subscribie", "control-plane"));
  expect(await readFile(path.join(directory, "builds"), "utf8")).toBe("build\n");
});
