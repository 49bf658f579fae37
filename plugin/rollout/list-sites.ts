import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll, type Page } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { observeDeployment, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { siteSelector } from "../../shared/site/site-labels.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError, UsageError } from "../errors.ts";
import { suggestion } from "../parse-arguments.ts";

/** Which sites a command is about. */
export interface SiteSelection {
  /** Absent for every namespace. */
  readonly namespace?: string | undefined;
  /** Besides `subscribie=site`. */
  readonly selector?: string | undefined;
  /** Names of sites; empty for all. */
  readonly names: readonly string[];
}

/** Where the selected Deployments are listed and watched. */
export interface SiteCollection {
  readonly path: string;
  readonly labelSelector: string;
  readonly fieldSelector: string | undefined;
}

export interface ListedSites {
  readonly sites: readonly ObservedSite[];
  /** A watch goes on from here. */
  readonly resourceVersion: string;
  /** The API server's clock. */
  readonly date: Date | undefined;
}

/** The selection that the flags `-n`, `-A`, `-l` and the operands describe. */
export function siteSelection(
  flags: { readonly "all-namespaces": boolean; readonly selector: string | undefined },
  client: ApiClient,
  names: readonly string[],
): SiteSelection {
  if (flags["all-namespaces"] && names.length > 0) {
    throw new UsageError("sites cannot be named together with -A; name their namespace with -n");
  }
  if (names.length > 0 && flags.selector !== undefined) {
    throw new UsageError("sites cannot be named together with -l; use one of the two");
  }
  return {
    namespace: flags["all-namespaces"] ? undefined : client.namespace,
    selector: flags.selector,
    names: siteNames(names),
  };
}

/** Names as people type and paste them, `site/soap` and `deployment.apps/soap` included, each once. */
export function siteNames(operands: readonly string[]): readonly string[] {
  return [...new Set(operands.map((name) => name.replace(/^(?:sites?|deployments?(?:\.apps)?)\//, "")))];
}

export function siteCollection(selection: SiteSelection): SiteCollection {
  const [only] = selection.names;
  return {
    path: resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace: selection.namespace }),
    labelSelector: selection.selector ? `${siteSelector},${selection.selector}` : siteSelector,
    fieldSelector: only !== undefined && selection.names.length === 1 ? `metadata.name=${only}` : undefined,
  };
}

/**
 * Lists the selected sites. A name that is none of a site's, and a selection that matches nothing, are CommandErrors:
 * a mistyped selection must not look like a fleet where all is done.
 */
export async function listSites(
  client: ApiClient,
  selection: SiteSelection,
  options: { readonly withFingerprint?: boolean; readonly signal: AbortSignal },
): Promise<ListedSites> {
  const listed = await listSelected(
    client,
    selection,
    (raw) => observeDeployment(raw, options),
    options.signal,
  );
  if (listed.items.length === 0) throw noneMatched(selection);
  return { sites: listed.items, resourceVersion: listed.resourceVersion, date: listed.date };
}

/** Lists what is selected, projected. A name that is none of a site's is a CommandError; nothing at all is not. */
export async function listSelected<T extends { readonly name: string }>(
  client: ApiClient,
  selection: SiteSelection,
  project: (raw: unknown) => T,
  signal: AbortSignal,
): Promise<Page<T>> {
  const { path, labelSelector, fieldSelector } = siteCollection(selection);
  const listed = await listAll(client, path, project, { labelSelector, fieldSelector, signal }).catch(
    (error: unknown) => {
      throw selection.selector !== undefined && error instanceof ApiError && error.status === 400
        ? unreadableSelector(selection.selector, error)
        : error;
    },
  );
  if (selection.names.length === 0) return listed;
  const found = new Set(listed.items.map((site) => site.name));
  const missing = selection.names.filter((name) => !found.has(name));
  if (missing.length > 0) throw await notFound(client, selection, missing, signal);
  return { ...listed, items: listed.items.filter((site) => selection.names.includes(site.name)) };
}

async function notFound(
  client: ApiClient,
  selection: SiteSelection,
  missing: readonly string[],
  signal: AbortSignal,
): Promise<CommandError> {
  const { path, labelSelector } = siteCollection(selection);
  const all = await listAll(client, path, (raw) => observeDeployment(raw).name, { labelSelector, signal });
  return noSuchSite(missing, all.items, `in namespace ${selection.namespace ?? ""}`);
}

/** @param where the sites were looked for: `in namespace shops` */
export function noSuchSite(
  missing: readonly string[],
  known: readonly string[],
  where: string,
): CommandError {
  const meant = suggestion(missing[0] ?? "", known);
  const shown = missing.slice(0, 10).map((name) => `'${printable(name, 63)}'`);
  return new CommandError(
    `no site ${shown.join(", ")} ${where}; ` +
      (meant === undefined ? "see kubectl subscribie sites" : `did you mean ${meant}?`),
  );
}

function unreadableSelector(selector: string, { message }: ApiError): UsageError {
  return new UsageError(
    `-l '${printable(selector, 100)}' is no selector: ${message}; write it as for kubectl, such as tier=gold,country!=GB`,
  );
}

function noneMatched(selection: SiteSelection): CommandError {
  const where =
    selection.namespace === undefined ? "in any namespace" : `in namespace ${selection.namespace}`;
  const which = selection.selector ? ` that matches '${printable(selection.selector, 100)}'` : "";
  return new CommandError(
    `no site ${where}${which}; sites are Deployments labelled ${siteSelector}; try -n NAMESPACE or -A`,
  );
}
