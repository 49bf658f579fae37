/**
 * Makes the README's pictures from real runs on a control plane of their own:
 *
 *     npm run pictures
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { createApiClient } from "../control-plane/api-client.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { createSites, waitForSites } from "../control-plane/sites.ts";
import { renderSession, type Frame } from "./terminal-svg.ts";

const columns = 104;
const rows = 20;
const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const pictures = fileURLToPath(new URL("../../pictures", import.meta.url));
/** A picture of so many frames a second is small, and still moves. */
const frameMs = 700;
const lastFrameMs = 6_000;

interface Recording {
  readonly frames: readonly Frame[];
  /** All that was written. */
  readonly output: string;
}

/** Runs a command line on a pseudo-terminal of the picture's size (`script` of util-linux), and takes frames of it. */
async function record(commandLine: string, env: NodeJS.ProcessEnv): Promise<Recording> {
  const prompt = `\u001b[32m$\u001b[39m ${commandLine}\r\n`;
  const child = spawn("script", ["-qefc", `stty cols ${columns} rows ${rows}; ${commandLine}`, "/dev/null"], {
    env: { ...env, TERM: "xterm-256color", NO_COLOR: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = prompt;
  const frames: Frame[] = [{ output, lastsMs: frameMs }];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const timer = setInterval(() => frames.push({ output, lastsMs: frameMs }), frameMs);
  await once(child, "close");
  clearInterval(timer);
  return { frames, output };
}

/** Recordings on one screen, each after what the one before left, and a prompt at the end. */
function session(recordings: readonly Recording[]): readonly Frame[] {
  const frames: Frame[] = [];
  let before = "";
  for (const recording of recordings) {
    for (const frame of recording.frames) frames.push({ ...frame, output: before + frame.output });
    before += recording.output;
  }
  return [...frames, { output: `${before}\u001b[32m$\u001b[39m `, lastsMs: lastFrameMs }];
}

const controlPlane = await startControlPlane({ controllers: "fast" });
try {
  const client = createApiClient(controlPlane);
  const namespace = "default";
  const names = await createSites(client, namespace, 120, { prefix: "shop" });
  await waitForSites(client, namespace, names, AbortSignal.timeout(120_000));
  client.close();
  const environment = kubectlEnvironment(controlPlane);
  const env = {
    ...environment,
    PATH: [
      dist,
      fileURLToPath(new URL("../../node_modules/.bin", import.meta.url)),
      environment["PATH"] ?? "",
    ].join(delimiter),
  };
  const upgrade = await record("kubectl subscribie upgrade v0.11 --soak 2s", env);
  await writeFile(`${pictures}/upgrade.svg`, await renderSession(session([upgrade]), columns, rows));
  const failed = await record("kubectl subscribie upgrade v0.12-broken --site-timeout 8s", env);
  const back = await record("kubectl subscribie rollback --all", env);
  await writeFile(`${pictures}/rollback.svg`, await renderSession(session([failed, back]), columns, rows));
} finally {
  await controlPlane.stop();
}
