import { ApiError } from "../../shared/cluster/api-error.ts";
import { heldLabel } from "../../shared/rollout/rollout-annotations.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { holdFlags } from "../commands/hold.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes } from "../errors.ts";
import { fieldManager } from "../field-manager.ts";
import type { Io } from "../io.ts";
import { listSites, siteSelection } from "./list-sites.ts";
import { deploymentPath } from "./patch-site.ts";

/** `kubectl subscribie hold [--release] SITE...`: a label that rollouts respect; pods are not touched. */
export async function holdSites(
  flags: FlagValues<typeof holdFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const client = connect(flags, io);
  try {
    const selection = siteSelection({ "all-namespaces": false, selector: undefined }, client, names);
    const { sites } = await listSites(client, selection, { signal: io.signal });
    const done = flags.release ? "released" : "held";
    for (const site of sites) {
      if (site.held === !flags.release) {
        io.stdout.write(`deployment.apps/${site.name} unchanged\n`);
        continue;
      }
      await client
        .request({
          method: "PATCH",
          path: deploymentPath(site),
          contentType: "application/merge-patch+json",
          query: { fieldManager },
          body: { metadata: { uid: site.uid, labels: { [heldLabel]: flags.release ? null : "true" } } },
          signal: io.signal,
        })
        .catch((error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          throw new CommandError(`site ${site.name} could not be ${done}: ${printable(error.message, 500)}`, {
            cause: error,
          });
        });
      io.stdout.write(`deployment.apps/${site.name} ${done}\n`);
    }
    return exitCodes.done;
  } finally {
    client.close();
  }
}
