import { parseRolloutId } from "../../shared/rollout/rollout-id.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { statusFlags } from "../commands/status.ts";
import { connect } from "../connect.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { siteNames } from "./list-sites.ts";

export type StatusFlags = FlagValues<typeof statusFlags>;

/** `kubectl subscribie status [ROLLOUT | site/NAME]` */
export async function showStatus(flags: StatusFlags, [of]: readonly string[], io: Io): Promise<number> {
  const client = connect(flags, io);
  try {
    if (of === undefined && flags.watch) {
      const { showUnfinished } = await import("./rollout-status.ts");
      return await showUnfinished(client, flags, io);
    }
    if (of === undefined) {
      const { showFleet } = await import("./fleet-status.ts");
      return await showFleet(client, flags, io);
    }
    const [site = of] = siteNames([of]);
    if (site !== of && site !== "") {
      const { showSite } = await import("./site-status.ts");
      return await showSite(client, site, flags, io);
    }
    if (parseRolloutId(of) === undefined) {
      throw new UsageError(
        `'${printable(of, 80)}' is no rollout's id; a site is site/${printable(of, 63)}, and kubectl subscribie history lists rollouts`,
      );
    }
    const { showRolloutStatus } = await import("./rollout-status.ts");
    return await showRolloutStatus(client, of, flags, io);
  } finally {
    client.close();
  }
}
