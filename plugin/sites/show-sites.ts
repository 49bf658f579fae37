import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { FlagValues } from "../command.ts";
import type { sitesFlags } from "../commands/sites.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { readLimitsInForce } from "../lint/read-limits-in-force.ts";
import { readLimits } from "../lint/read-limits.ts";
import { listSelected, siteSelection } from "../rollout/list-sites.ts";
import { followSites } from "./follow-sites.ts";
import { readSiteAddresses } from "./site-addresses.ts";
import { parseSitesOutput, showsLimits } from "./sites-output.ts";
import { summariseSite, type SiteSummary } from "./site-summary.ts";
import { sortSites } from "./sort-sites.ts";
import { createSitesWriter } from "./write-sites.ts";

/** `kubectl subscribie sites`: lists the sites, one a line, and with -w each that changes since. */
export async function showSites(
  flags: FlagValues<typeof sitesFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const output = parseSitesOutput(flags.output);
  // A field that does not exist is told before anything is asked of the API server.
  sortSites([], flags["sort-by"]);
  const client = connect(flags, io);
  try {
    const limits =
      showsLimits(output) || flags["sort-by"] !== undefined
        ? await readLimitsInForce(flags, client, io)
        : await readLimits(flags["limits-file"], io.env);
    const selection = siteSelection(flags, client, names);
    const summarise = (raw: unknown) => summariseSite(raw, limits, io.now());
    const [listed, urls] = await Promise.all([
      listSelected(client, selection, summarise, io.signal),
      readSiteAddresses(client, selection.namespace, io.signal),
    ]);
    const complete = (site: SiteSummary): SiteSummary => {
      const url = urls.get(siteKey(site));
      return url === undefined ? site : { ...site, url };
    };
    const { namespace } = selection;
    const writer = createSitesWriter(output, { namespace, noHeaders: flags["no-headers"], io });
    const sites = sortSites(listed.items.map(complete), flags["sort-by"]);
    await writer.writeAll(sites);
    if (flags.watch) {
      const shown = { sites, resourceVersion: listed.resourceVersion };
      await followSites({
        client,
        selection,
        shown,
        summarise: (raw) => complete(summarise(raw)),
        writer,
        io,
      });
    }
    return exitCodes.done;
  } finally {
    client.close();
  }
}
