import { createHash } from "node:crypto";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { moduleDirectory, modules } from "./components.ts";

/**
 * The folder that keeps the built programs, outside the checkout so that a fresh clone builds nothing:
 * `$XDG_CACHE_HOME/subscribie/control-plane/<hash>-<platform>`, with ~/.cache as XDG_CACHE_HOME's default.
 *
 * The hash is over every go.mod and go.sum, so a new version gets a new folder. The Go toolchain's own version is
 * left out on purpose: what an older patch release of Go built serves as well, and with it out of the key, a machine
 * whose cache is warm needs no Go at all.
 */
export async function cacheDirectory(environment: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash("sha256");
  for (const module of modules) {
    for (const file of ["go.mod", "go.sum"]) {
      hash.update(await readFile(path.join(moduleDirectory(module), file)));
    }
  }
  // The XDG specification has relative paths ignored.
  const xdg = environment["XDG_CACHE_HOME"];
  const root = xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), ".cache");
  const key = `${hash.digest("hex").slice(0, 16)}-${process.platform}-${process.arch}`;
  return path.join(root, "subscribie", "control-plane", key);
}

/**
 * Runs `build` while no other process builds into the same folder; `waiting` is called once when another one does.
 *
 * The lock only saves work. Every program is built under a name of its own and renamed into place, so even if two
 * processes both take a dead owner's lock, the worst is that both build.
 */
export async function withBuildLock<Result>(
  directory: string,
  waiting: (owner: number) => void,
  build: () => Promise<Result>,
): Promise<Result> {
  await mkdir(directory, { recursive: true });
  const lock = path.join(directory, "build.lock");
  let told = false;
  while (!(await takeLock(lock))) {
    const owner = await lockOwner(lock);
    if (owner === undefined || !isRunning(owner)) {
      await rm(lock, { force: true });
      continue;
    }
    if (!told) {
      waiting(owner);
      told = true;
    }
    await delay(500);
  }
  try {
    return await build();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) {
      return false;
    }
    throw error;
  }
}

/** The process id in the lock file; undefined when there is none, also when its owner died before writing it. */
async function lockOwner(lock: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const content = await readFile(lock, "utf8").catch(() => "");
    const owner = Number.parseInt(content, 10);
    if (owner > 0) {
      return owner;
    }
    // Created but not yet written to.
    await delay(50);
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return isErrno(error, "EPERM");
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
