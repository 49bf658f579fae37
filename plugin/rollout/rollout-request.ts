import { planRestart, planUpgrade } from "../../shared/rollout/plan-upgrade.ts";
import { planRollback } from "../../shared/rollout/plan-rollback.ts";
import { imageOf, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import type { ReplicaSetIndex, ReplicaSetPurpose } from "../../shared/rollout/replica-set-index.ts";
import type { RollbackRequest } from "../../shared/rollout/rollback-target.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import type { RolloutStrategy } from "../../shared/rollout/strategy.ts";
import { parseTarget, versionOf, type ImageTarget } from "../../shared/rollout/target.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { SiteSelection } from "./list-sites.ts";

/** What a rollout is asked to do: the part of its record that never changes. */
export interface RolloutRequest {
  readonly change:
    | { readonly kind: "upgrade"; readonly version: string; readonly target: ImageTarget }
    | { readonly kind: "restart" }
    | { readonly kind: "rollback"; readonly request: RollbackRequest; readonly includeChanged: boolean };
  readonly container: string;
  readonly selection: RolloutRecord["selection"];
  readonly strategy: RolloutStrategy;
}

/** Reads VERSION; throws UsageError for what is none. */
export function upgradeTo(version: string): Extract<RolloutRequest["change"], { kind: "upgrade" }> {
  const parsed = parseTarget(version);
  if ("problem" in parsed) throw new UsageError(parsed.problem);
  return { kind: "upgrade", version, target: parsed.target };
}

/** What has to be known of ReplicaSets for this request. */
export function replicaSetPurpose({ change }: RolloutRequest): ReplicaSetPurpose {
  if (change.kind !== "rollback") return { kind: "record" };
  return { kind: change.request.kind === "rollout" ? "recorded-template" : "any-template" };
}

/** Plans a request over the sites that it selects. */
export function planRequest(
  request: RolloutRequest,
  sites: readonly ObservedSite[],
  replicaSets: ReplicaSetIndex,
  id: string,
): RolloutPlan {
  const { change, container, strategy } = request;
  const options = { id, container, strategy };
  switch (change.kind) {
    case "upgrade":
      return planUpgrade(sites, replicaSets, { ...options, target: change.target });
    case "restart":
      return planRestart(sites, replicaSets, options);
    case "rollback":
      return planRollback(sites, replicaSets, { ...options, ...change });
  }
}

/** The sites that a selection is about, before anything is left out of them. */
export function selectedSites({ namespace, selector, names }: RolloutRecord["selection"]): SiteSelection {
  return { namespace, selector, names };
}

/** The selected sites less the excluded ones and those of another version; sites that carry the rollout stay. */
export function applySelection(
  sites: readonly ObservedSite[],
  { selection, container }: RolloutRequest,
  id: string,
): readonly ObservedSite[] {
  const excluded = new Set(selection.exclude);
  const wanted = selection.sites === undefined ? undefined : new Set(selection.sites);
  const { fromVersion } = selection;
  return sites.filter((site) => {
    if (excluded.has(site.name) || wanted?.has(siteKey(site)) === false) return false;
    if (fromVersion === undefined || site.annotations.rollout === id) return true;
    return runsVersion(site, container, fromVersion);
  });
}

/** @param version as a person names it, or a whole image reference */
export function runsVersion(site: ObservedSite, container: string, version: string): boolean {
  const image = imageOf(site, container);
  return image !== undefined && (image === version || versionOf(image) === version);
}

/** The parameters of a request as its record keeps them. */
export function recordedRequest(
  request: RolloutRequest,
): Pick<
  RolloutRecord,
  "kind" | "target" | "rollbackOf" | "toRevision" | "includeChanged" | "container" | "selection" | "strategy"
> {
  const { change, container, selection, strategy } = request;
  const { siteTimeoutMs, timeoutMs, canary, ...pace } = strategy;
  return {
    ...recordedChange(change),
    container,
    selection,
    strategy: {
      ...pace,
      canary: [...canary],
      ...(siteTimeoutMs === undefined ? {} : { siteTimeoutMs }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  };
}

function recordedChange(change: RolloutRequest["change"]) {
  if (change.kind === "upgrade") return { kind: "upgrade", target: change.version } as const;
  if (change.kind === "restart") return { kind: "restart", target: "restart" } as const;
  const { request, includeChanged } = change;
  const kind = "rollback";
  if (request.kind === "rollout")
    return { kind, target: request.id, rollbackOf: request.id, includeChanged } as const;
  if (request.kind === "revision") {
    return {
      kind,
      target: `revision ${request.revision}`,
      toRevision: request.revision,
      includeChanged,
    } as const;
  }
  return { kind, target: "previous revision", includeChanged } as const;
}

/** The request of a record, to be resumed. */
export function requestOfRecord(record: RolloutRecord): RolloutRequest {
  const { container, selection } = record;
  const { siteTimeoutMs, timeoutMs, ...pace } = record.strategy;
  return {
    change: changeOfRecord(record),
    container,
    selection,
    strategy: { ...pace, siteTimeoutMs, timeoutMs },
  };
}

function changeOfRecord(record: RolloutRecord): RolloutRequest["change"] {
  if (record.kind === "restart") return { kind: "restart" };
  if (record.kind === "upgrade") {
    const parsed = parseTarget(record.target);
    if ("problem" in parsed)
      throw new CommandError(`the record of rollout ${record.id} is damaged: ${parsed.problem}`);
    return { kind: "upgrade", version: record.target, target: parsed.target };
  }
  const includeChanged = record.includeChanged ?? false;
  if (record.rollbackOf !== undefined) {
    return { kind: "rollback", request: { kind: "rollout", id: record.rollbackOf }, includeChanged };
  }
  if (record.toRevision !== undefined) {
    return { kind: "rollback", request: { kind: "revision", revision: record.toRevision }, includeChanged };
  }
  return { kind: "rollback", request: { kind: "previous-revision" }, includeChanged };
}

/** Whether a record is of the same change of the same sites: then it is resumed rather than begun again. */
export function isSameRequest(record: RolloutRecord, request: RolloutRequest): boolean {
  const asked = recordedRequest(request);
  return (
    record.kind === asked.kind &&
    record.target === asked.target &&
    record.container === asked.container &&
    (record.includeChanged ?? false) === (asked.includeChanged ?? false) &&
    isSameSelection(record.selection, asked.selection)
  );
}

function isSameSelection(a: RolloutRecord["selection"], b: RolloutRecord["selection"]): boolean {
  return selectionKey(a) === selectionKey(b);
}

function selectionKey(selection: RolloutRecord["selection"]): string {
  return JSON.stringify([
    selection.namespace ?? null,
    selection.selector ?? "",
    selection.names.toSorted(),
    selection.exclude.toSorted(),
    selection.fromVersion ?? null,
    selection.sites?.toSorted() ?? null,
  ]);
}
