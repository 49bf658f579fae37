import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { deploymentStatus } from "../../shared/rollout/deployment-status.ts";
import { imageOf } from "../../shared/rollout/observed-site.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { diagnoseSite } from "./diagnose-site.ts";
import { listSites } from "./list-sites.ts";
import type { StatusFlags } from "./status.ts";

/** One site: one request when it is healthy, and its pods' own reason when it is not. Exit code 1 when it failed. */
export async function showSite(client: ApiClient, name: string, flags: StatusFlags, io: Io): Promise<number> {
  const { namespace } = client;
  const { sites } = await listSites(client, { namespace, names: [name] }, { signal: io.signal });
  const [site] = sites;
  if (site === undefined) return exitCodes.failed;
  const status = deploymentStatus(site);
  const why =
    status.kind === "done" ? undefined : await diagnoseSite(client, site, flags.container, io.signal);
  const image = imageOf(site, flags.container) ?? "";
  const result = {
    namespace,
    name,
    health: status.kind === "done" ? "Healthy" : status.kind === "failed" ? "Failed" : "Progressing",
    message: status.message,
    ...(why === undefined ? {} : { reason: why.message }),
    version: versionOf(image),
    image,
    replicas: site.replicas,
    available: site.status.available,
    held: site.held,
    paused: site.paused,
    rollout: site.annotations.rollout ?? null,
    rolledBack: site.annotations.rolledBack ?? null,
    changeCause: site.changeCause ?? null,
  };
  if (flags.output === "json" || flags.output === "yaml") writeDocument(io.stdout, flags.output, result);
  else if (flags.output === "name") io.stdout.write(`deployment.apps/${name}\n`);
  else {
    io.stdout.write(
      await renderTable(undefined, [
        ["Site:", `${namespace}/${name}`],
        ["Health:", `${result.health} (${status.message})`],
        ...(why === undefined ? [] : [["Reason:", why.message]]),
        ["Version:", result.version],
        ["Image:", image],
        ["Available:", `${result.available}/${result.replicas}`],
        ["Rollout:", result.rollout ?? "<none>"],
        ...(result.rolledBack === null ? [] : [["Rolled back:", result.rolledBack]]),
        ["Change cause:", result.changeCause ?? "<none>"],
        ...(site.held ? [["Held:", "rollouts leave it alone"]] : []),
        ...(site.paused ? [["Paused:", "kubectl rollout resume lets it go on"]] : []),
      ]),
    );
  }
  return status.kind === "failed" ? exitCodes.failed : exitCodes.done;
}
