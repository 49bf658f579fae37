import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { siteCollection, type SiteSelection } from "../rollout/list-sites.ts";
import type { SiteSummary } from "./site-summary.ts";
import type { SitesWriter } from "./write-sites.ts";

/** Writes each site that changes from what was shown, until Ctrl-C, or until nobody reads it any more (`| head`). */
export async function followSites(following: {
  readonly client: ApiClient;
  readonly selection: SiteSelection;
  readonly shown: { readonly sites: readonly SiteSummary[]; readonly resourceVersion: string };
  readonly summarise: (raw: unknown) => SiteSummary;
  readonly writer: SitesWriter;
  readonly io: Io;
}): Promise<void> {
  const { client, selection, shown, writer, io } = following;
  const closed = new AbortController();
  io.stdout.once("error", () => closed.abort());
  const last = new Map(shown.sites.map((site) => [siteKey(site), JSON.stringify(site)]));

  async function write(site: SiteSummary): Promise<void> {
    const text = JSON.stringify(site);
    const isNews = last.get(siteKey(site)) !== text;
    last.set(siteKey(site), text);
    if (isNews) await writer.writeChange(site);
  }

  const { path, labelSelector, fieldSelector } = siteCollection(selection);
  const isSelected = (site: SiteSummary) =>
    selection.names.length === 0 || selection.names.includes(site.name);
  for await (const event of watchObjects(client, path, following.summarise, {
    labelSelector,
    fieldSelector,
    resourceVersion: shown.resourceVersion,
    signal: AbortSignal.any([io.signal, closed.signal]),
  })) {
    if (event.type === "listed") for (const site of event.items.filter(isSelected)) await write(site);
    else if (!isSelected(event.object)) continue;
    else if (event.type === "changed") await write(event.object);
    else {
      last.delete(siteKey(event.object));
      io.stderr.write(`${printable(siteKey(event.object))} was deleted\n`);
    }
  }
  io.signal.throwIfAborted();
}
