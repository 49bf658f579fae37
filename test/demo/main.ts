/**
 * The main job from end to end, as an operator would do it by hand, on a control plane and a queue that live only as
 * long as the demo:
 *
 *     npm run demo               # and clean up
 *     npm run demo -- --keep     # leave everything running until Ctrl-C
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, styleText } from "node:util";
import { ControlPlaneError } from "../control-plane/control-plane-error.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { startCouchdbServer } from "../couchdb/couchdb-server.ts";
import { signUps } from "./sign-ups.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const namespace = "shops";

interface Workplace {
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C or SIGTERM: the command that runs is waited for, and no other is begun. */
  readonly interrupted: AbortSignal;
}

/** Says what comes next, in words. */
function say(text: string): void {
  console.log(`\n${styleText("bold", text)}`);
}

/** Runs one command line as a person would, shown before it runs; ends the demo when its exit code is unexpected. */
async function type(
  workplace: Workplace,
  line: readonly string[],
  options: { readonly input?: string; readonly expectedCode?: number } = {},
): Promise<void> {
  const shown = line.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(" ");
  if (workplace.interrupted.aborted) throw new ControlPlaneError("interrupted");
  console.log(styleText("cyan", `\n$ ${shown}`));
  const [program = "", ...args] = line;
  const child = spawn(program, args, {
    env: workplace.env,
    stdio: [options.input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
  });
  if (options.input !== undefined) child.stdin?.end(options.input);
  // Ctrl-C reaches the command by itself, as the terminal's foreground; SIGTERM has only reached the demo.
  const forward = () => workplace.interrupted.reason === "SIGTERM" && child.kill("SIGTERM");
  workplace.interrupted.addEventListener("abort", forward);
  await once(child, "exit");
  workplace.interrupted.removeEventListener("abort", forward);
  if (workplace.interrupted.aborted) throw new ControlPlaneError("interrupted");
  const expected = options.expectedCode ?? 0;
  if (child.exitCode !== expected) {
    throw new ControlPlaneError(
      `'${shown}' ended with ${child.signalCode ?? `exit code ${child.exitCode}`}, not ${expected}`,
    );
  }
}

async function story(workplace: Workplace): Promise<void> {
  say("Twelve people have signed up. Their shops' payloads go to the queue as they are.");
  await type(workplace, ["kubectl", "subscribie", "submit", "-f", "-"], {
    input: JSON.stringify(signUps),
  });

  say("The deployer turns queued sign-ups into running sites.");
  await type(workplace, ["kubectl", "subscribie", "deploy"]);
  await type(workplace, ["kubectl", "subscribie", "sites"]);

  say("A new version is out: one canary, then a wave, then the rest as fast as sites get ready.");
  await type(workplace, ["kubectl", "subscribie", "upgrade", "v0.11", "--canary", "1,25%", "--soak", "2s"]);

  say(
    "The next version never gets ready. The upgrade stops at the canary, and every site stays on its feet.",
  );
  await type(workplace, ["kubectl", "subscribie", "upgrade", "v0.12-broken", "--site-timeout", "15s"], {
    expectedCode: 1,
  });
  await type(workplace, ["kubectl", "subscribie", "status"]);

  say("Take it back, everywhere, exactly.");
  await type(workplace, ["kubectl", "subscribie", "rollback", "--all"]);

  say("What happened, for whoever asks tomorrow.");
  await type(workplace, ["kubectl", "subscribie", "history"]);
  await type(workplace, ["kubectl", "subscribie", "sites"]);
}

async function prepareWorkplace(
  directory: string,
  kubeconfig: string,
  kubectl: string,
  couchdbUrl: string,
  interrupted: AbortSignal,
): Promise<Workplace> {
  // A kubeconfig of the demo's own, so that its namespace can be selected, and a PATH that has kubectl and the plugin.
  const ownKubeconfig = join(directory, "kubeconfig");
  await copyFile(kubeconfig, ownKubeconfig);
  await symlink(kubectl, join(directory, "kubectl"));
  await symlink(process.execPath, join(directory, "node"));
  const env = {
    ...process.env,
    KUBECONFIG: ownKubeconfig,
    SUBSCRIBIE_COUCHDB_URL: couchdbUrl,
    PATH: [directory, dist, process.env["PATH"] ?? ""].join(delimiter),
  };
  const workplace = { env, interrupted };
  await type(workplace, ["kubectl", "create", "namespace", namespace]);
  await type(workplace, ["kubectl", "config", "set-context", "--current", `--namespace=${namespace}`]);
  return workplace;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interruption.abort(signal));
  say("Starting a Kubernetes control plane and a CouchDB-compatible queue on this machine.");
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "subscribie-demo-"));
  cleanUp.defer(async () => await rm(directory, { recursive: true, force: true }));
  const controlPlane = await startControlPlane({ controllers: "fast" });
  cleanUp.defer(async () => await controlPlane.stop());
  const couchdb = await startCouchdbServer();
  cleanUp.defer(async () => await couchdb.stop());
  const couchdbUrl = new URL("subscribie", couchdb.url).href;
  const workplace = await prepareWorkplace(
    directory,
    controlPlane.kubeconfig,
    controlPlane.binaries.kubectl,
    couchdbUrl,
    interruption.signal,
  );
  await story(workplace);
  if (values.keep) {
    say("All of it keeps running until Ctrl-C. In another terminal:");
    for (const name of ["KUBECONFIG", "SUBSCRIBIE_COUCHDB_URL"] as const) {
      console.log(`export ${name}=${workplace.env[name] ?? ""}`);
    }
    console.log(`export PATH=${[directory, dist].join(delimiter)}:$PATH`);
    await once(interruption.signal, "abort");
  }
  say("Cleaning up.");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ControlPlaneError ? `\nThe demo ended early: ${error.message}` : error);
  process.exitCode = 1;
}
