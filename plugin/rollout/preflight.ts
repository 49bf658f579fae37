import * as z from "zod";
import { nameSome } from "../../shared/text/name-some.ts";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { offlineRisks } from "../../shared/rollout/availability.ts";
import { quotaShortfalls } from "../../shared/rollout/quota-shortfall.ts";
import { imageOf, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { PlannedSite, RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { printable } from "../../shared/text/printable.ts";
import { isAllowed, type Permission } from "../access.ts";
import { CommandError, rolloutRoleRemedy } from "../errors.ts";
import type { SiteCollection } from "./list-sites.ts";
import { sendPatch, type SitePatch } from "./patch-site.ts";

/** What the caller may not do, or what would fail for the first site already, ends a rollout before it starts. */
export interface Preflight {
  readonly client: ApiClient;
  readonly plan: RolloutPlan;
  readonly sites: readonly ObservedSite[];
  readonly patchOf: (site: PlannedSite) => SitePatch;
  /** Where the sites are watched. */
  readonly collection: Pick<SiteCollection, "path">;
  readonly recordNamespace: string;
  readonly signal: AbortSignal;
  /** Not where every PATCH is tried anyway. */
  readonly triesFirstPatch: boolean;
}

const quotaSchema = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string() }),
  status: z
    .object({
      hard: z.record(z.string(), z.string()).default({}),
      used: z.record(z.string(), z.string()).default({}),
    })
    .default({ hard: {}, used: {} }),
});

/**
 * Finds out before the first site what would stop the rollout at it: missing permissions, a webhook that is dead or
 * refuses the change. Throws CommandError for these; returns warnings for what only deserves a look.
 */
export async function preflight(options: Preflight): Promise<readonly string[]> {
  await checkPermissions(options);
  const [first] = updatesOf(options.plan);
  if (first !== undefined && options.triesFirstPatch) await tryFirstPatch(options, first);
  return [...planWarnings(options), ...(await quotaWarnings(options))];
}

/** What deserves a look in a plan itself: nothing is asked of the API server. */
export function planWarnings(planned: Pick<Preflight, "plan" | "sites">): readonly string[] {
  return [...versionWarnings(planned), ...availabilityWarnings(planned)];
}

function updatesOf(plan: RolloutPlan): readonly PlannedSite[] {
  return plan.sites.filter((site) => site.action === "update" && site.change !== undefined);
}

async function checkPermissions(options: Preflight): Promise<void> {
  const { client, signal } = options;
  const missing = await Promise.all(
    neededPermissions(options).map(async (permission) =>
      (await isAllowed(client, permission, signal)) ? [] : [permission],
    ),
  );
  const named = missing.flat().map(({ verb, resource, namespace }) => {
    return `${verb} ${resource} ${namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`}`;
  });
  if (named.length === 0) return;
  throw new CommandError(`you may not ${named.join(", nor ")}; ${rolloutRoleRemedy}`);
}

/** All that a rollout does besides courtesies (quotas, pods' reasons, Events, old records), also later in its course. */
function neededPermissions({ plan, collection, recordNamespace }: Preflight): Permission[] {
  const namespaces = [...new Set(updatesOf(plan).map((site) => site.namespace))];
  // With sites in many namespaces the permission is a cluster-wide one; asking for each would cost a request each.
  const changed = namespaces.length > 3 ? [undefined] : namespaces;
  const watched = collection.path.includes("/namespaces/") ? namespaces : [undefined];
  return [
    ...inEach(changed, "apps", "deployments", "patch"),
    ...["list", "watch"].flatMap((verb) => inEach(watched, "apps", "deployments", verb)),
    ...inEach(changed, "apps", "replicasets", "list"),
    ...["list", "watch", "create", "patch"].flatMap((verb) =>
      inEach([recordNamespace], "", "configmaps", verb),
    ),
    ...["get", "update"].flatMap((verb) => inEach([recordNamespace], "coordination.k8s.io", "leases", verb)),
  ];
}

function inEach(
  places: readonly (string | undefined)[],
  group: string,
  resource: string,
  verb: string,
): Permission[] {
  return places.map((namespace) => ({ group, resource, verb, namespace }));
}

async function tryFirstPatch(options: Preflight, site: PlannedSite): Promise<void> {
  try {
    await sendPatch(options.client, options.patchOf(site), { signal: options.signal, dryRun: true });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Somebody changed it since it was listed; the rollout itself will report the conflict.
    if (error.status === 404 || (error.status === 422 && error.causes.length === 0)) return;
    throw new CommandError(
      `nothing was changed: a dry run of the first site, ${siteKey(site)}, was refused: ${error.message}`,
      { cause: error },
    );
  }
}

const mostNamed = 3;

/** Versions mostly differ in their numbers: one that has lost its `v`, or has got one, is mostly mistyped. */
function versionWarnings({ plan, sites }: Pick<Preflight, "plan" | "sites">): string[] {
  if (plan.kind !== "upgrade" || !/^v?\d/.test(plan.target)) return [];
  const running = sites.map((site) => versionOf(imageOf(site, plan.container) ?? ""));
  const hasV = plan.target.startsWith("v");
  const other = running.find((version) => version !== "");
  if (other === undefined || !running.every((version) => (hasV ? /^\d/ : /^v\d/).test(version))) return [];
  const meant = hasV ? plan.target.slice(1) : `v${plan.target}`;
  return [`sites run versions such as ${other}, and this one is ${plan.target}; is ${meant} meant?`];
}

/** One warning for each set of risks, since a fleet's sites mostly share theirs. */
function availabilityWarnings({ plan, sites }: Pick<Preflight, "plan" | "sites">): string[] {
  const changing = new Set(updatesOf(plan).map(siteKey));
  const atRisk = sites
    .filter((site) => changing.has(siteKey(site)))
    .map((site) => ({ key: siteKey(site), risks: offlineRisks(site, plan.container).join(", ") }))
    .filter(({ risks }) => risks !== "");
  return [...Map.groupBy(atRisk, ({ risks }) => risks)].map(([risks, group]) => {
    const named = nameSome(
      group.map(({ key }) => key),
      mostNamed,
    );
    const count = group.length === 1 ? "1 site" : `${group.length} sites`;
    return `${count} may go offline during the change (${risks}): ${named}`;
  });
}

/** During the change each site in flight has one pod more than usual. */
async function quotaWarnings({ client, plan, sites, signal }: Preflight): Promise<string[]> {
  const updates = updatesOf(plan);
  const namespaces = [...new Set(updates.map((site) => site.namespace))];
  const [only] = namespaces;
  if (only === undefined) return [];
  const path = resourcePath({
    apiVersion: "v1",
    resource: "resourcequotas",
    namespace: namespaces.length === 1 ? only : undefined,
  });
  const quotas = await listAll(client, path, (raw) => quotaSchema.parse(raw), { signal }).catch(
    (error: unknown) => {
      // Who may not read quotas is warned by the first refused pod instead.
      if (error instanceof ApiError && error.status === 403) return undefined;
      throw error;
    },
  );
  return (quotas?.items ?? []).flatMap(({ metadata, status }) => {
    const own = updates.filter(({ namespace }) => namespace === metadata.namespace).length;
    const surge = Math.min(plan.strategy.inFlight, own);
    const pods = sites
      .filter(({ namespace }) => namespace === metadata.namespace)
      .reduce((sum, site) => sum + site.status.replicas, 0);
    return quotaShortfalls(status, { surge, pods }).map(
      ({ resource, hard, used }) =>
        `quota ${metadata.namespace}/${metadata.name} allows ${printable(hard, 40)} of ${resource} and ${printable(used, 40)} are used: up to ${surge} sites at a time need one pod more; lower --in-flight or raise the quota`,
    );
  });
}
