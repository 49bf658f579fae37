import { fileURLToPath } from "node:url";
import { patchConcurrency } from "../../../plugin/rollout/request-pool.ts";
import { createApiClient } from "../../control-plane/api-client.ts";
import { endOfAuditLog } from "../../control-plane/audit-log.ts";
import { kubectlEnvironment, runKubectl } from "../../control-plane/kubectl.ts";
import { type ProgramResult, runProgram } from "../../control-plane/run-program.ts";
import { type Fleet, fleetAtRest, repository, sitesAvailable } from "./fleet.ts";
import { inParallel } from "./in-parallel.ts";
import { countedRequests, patchPhaseSeconds, requestsOf } from "./requests.ts";

/** What one contestant took to change every site. */
export interface Performance {
  /** From its start until every site runs the new template alone; for the plugin, until it says so and ends. */
  readonly seconds: number;
  readonly patchSeconds: number;
  /** To the API server; without pages of lists and renewals of the Lease. */
  readonly requests: number;
}

export const plugin = fileURLToPath(new URL("../../../dist/kubectl-subscribie", import.meta.url));

/** PATCHes at a time of the raw client: as many as the plugin's, for with more of them a client has more of a busy
 * API server, whoever it is. */
const floodConcurrency = patchConcurrency;

/** A raw client that knows the sites' names: a PATCH each, gated by nothing, in this warm process. */
export async function flood(fleet: Fleet): Promise<Performance> {
  const image = `${repository}:${fleet.nextVersion()}`;
  const userAgent = "bench-flood";
  const body = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: image }];
  const contentType = "application/json-patch+json";
  const client = createApiClient(fleet.access, { userAgent, maxConnections: floodConcurrency });
  try {
    return await timed("raw flood", fleet, userAgent, async () => {
      await inParallel(fleet.sites, floodConcurrency, async (site) => {
        const path = `/apis/apps/v1/namespaces/${fleet.namespace}/deployments/${site}`;
        const { status } = await client.request("PATCH", path, { body, contentType });
        if (status !== 200) throw new Error(`PATCH ${site}: ${status}`);
      });
      await sitesAvailable(fleet, image);
    });
  } finally {
    client.close();
  }
}

/** `kubectl subscribie upgrade` with these flags, to a version of its own. */
export async function upgrade(fleet: Fleet, flags: readonly string[]): Promise<Performance> {
  return await runPlugin(fleet, ["upgrade", fleet.nextVersion(), ...flags]);
}

/** `kubectl subscribie rollback --all`, with all sites in flight at once. */
export async function rollback(fleet: Fleet): Promise<Performance> {
  return await runPlugin(fleet, ["rollback", "--all", "--in-flight", "100%"]);
}

/** `kubectl set image` of every site by one command. */
export async function setImage(fleet: Fleet): Promise<Performance> {
  const image = `${repository}:${fleet.nextVersion()}`;
  const command = ["set", "image", "deploy", "-l", "subscribie=site", `subscribie=${image}`];
  return await runStockKubectl(fleet, command, image);
}

/** `kubectl rollout undo` of every site by one command. */
export async function undo(fleet: Fleet): Promise<Performance> {
  return await runStockKubectl(fleet, ["rollout", "undo", "deploy", "-l", "subscribie=site"]);
}

async function runPlugin(fleet: Fleet, command: readonly string[]): Promise<Performance> {
  return await timed(`kubectl subscribie ${command.join(" ")}`, fleet, "kubectl-subscribie/", async () => {
    const argumentList = [plugin, ...command, "-n", fleet.namespace];
    succeeded(
      await runProgram(process.execPath, argumentList, { environment: kubectlEnvironment(fleet.access) }),
    );
  });
}

async function runStockKubectl(
  fleet: Fleet,
  command: readonly string[],
  image?: string,
): Promise<Performance> {
  return await timed(`kubectl ${command.join(" ")}`, fleet, "kubectl/", async () => {
    succeeded(await runKubectl(fleet.access, [...command, "-n", fleet.namespace]));
    await sitesAvailable(fleet, image);
  });
}

function succeeded({ code, stderr }: ProgramResult): void {
  if (code !== 0) throw new Error(`it ended with exit code ${String(code)}:\n${stderr.slice(-2_000)}`);
}

/** Times a contestant on a fleet at rest, and reads the rest from the API server's audit log. */
async function timed(
  name: string,
  fleet: Fleet,
  userAgent: string,
  act: () => Promise<void>,
): Promise<Performance> {
  await fleetAtRest(fleet);
  const from = await endOfAuditLog(fleet.auditLog);
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const requests = await requestsOf(fleet, userAgent, from);
  const patchSeconds = patchPhaseSeconds(requests);
  console.log(
    `  ${seconds.toFixed(1).padStart(6)} s, patch phase ${patchSeconds.toFixed(1).padStart(5)} s  ${name}`,
  );
  return { seconds, patchSeconds, requests: countedRequests(requests).length };
}
