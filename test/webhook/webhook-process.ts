import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A running webhook, as its own process. */
export interface WebhookProcess {
  readonly port: number;
  readonly pid: number;
  /** Its log so far, a JSON text a line. */
  readonly log: readonly string[];
  /** Ends it as Kubernetes does, and resolves with its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** Starts webhook/main.ts on a free port of 127.0.0.1 and resolves once it serves; rejects with its output if it ends. */
export async function startWebhookProcess(argumentList: readonly string[]): Promise<WebhookProcess> {
  const child = spawn(
    process.execPath,
    ["webhook/main.ts", "--port", "0", "--host", "127.0.0.1", "--shutdown-delay", "0", ...argumentList],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const log: string[] = [];
  const exited = once(child, "exit");
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      log.push(line);
      const found = /"port":(\d+).*"msg":"serving"/.exec(line);
      if (found !== null) resolve(Number(found[1]));
    });
    createInterface(child.stderr).on("line", (line) => log.push(line));
    void exited.then(() => reject(new Error(`the webhook ended:\n${log.join("\n")}`)));
  });
  return {
    port,
    pid: child.pid ?? 0,
    log,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
