import { imageOf, type ObservedSite } from "./observed-site.ts";
import type { ObservedReplicaSet } from "./observed-replica-set.ts";
import { compareRolloutIds, parseRolloutId } from "./rollout-id.ts";

/** What a rollback is asked to return to. */
export type RollbackRequest =
  /** Whatever each site ran before this upgrade or restart. */
  | { readonly kind: "rollout"; readonly id: string }
  /** The template with this revision number, as `kubectl rollout undo --to-revision`. */
  | { readonly kind: "revision"; readonly revision: number }
  /** The template before the current one, as `kubectl rollout undo`: for sites without a record. */
  | { readonly kind: "previous-revision" };

/** What to return one site to, or why not. */
export type RollbackTarget =
  | { readonly kind: "template"; readonly replicaSet: ObservedReplicaSet }
  /** The recorded ReplicaSet is gone: only its image is known. */
  | { readonly kind: "image"; readonly image: string; readonly lostReplicaSet: string | undefined }
  /** It runs the wanted template already. */
  | { readonly kind: "returned" }
  /** The rollout did not change this site. */
  | { readonly kind: "not-changed" }
  /** The rollout changed it, and somebody changed its template since. */
  | { readonly kind: "changed-by-hand" }
  /** Neither the ReplicaSet nor the image is known. */
  | { readonly kind: "no-record" }
  /** No such revision. */
  | { readonly kind: "no-revision"; readonly revisions: readonly number[] };

/**
 * The last upgrade or restart of the selected sites: the latest, by the time in its id, that any of them carries or
 * was returned from, so that a second rollback finds the same one, and every site returned already.
 */
export function lastRollout(sites: readonly ObservedSite[]): string | undefined {
  let last: string | undefined;
  for (const { annotations } of sites) {
    for (const id of [annotations.rollout, annotations.rolledBack]) {
      const kind = id === undefined ? undefined : parseRolloutId(id)?.kind;
      if (id === undefined || kind === undefined || kind === "rollback") continue;
      if (last === undefined || compareRolloutIds(id, last) > 0) last = id;
    }
  }
  return last;
}

/**
 * Chooses what to return a site to.
 *
 * @param replicaSets the site's own, lowest revision first, with fingerprints; with the template of the one that is
 *   recorded on the site, or of all for a return to a revision
 * @param includeChanged also return sites that somebody changed by hand since
 */
export function chooseRollbackTarget(
  site: ObservedSite,
  replicaSets: readonly ObservedReplicaSet[],
  request: RollbackRequest,
  options: { readonly container: string; readonly includeChanged: boolean },
): RollbackTarget {
  if (request.kind === "rollout") return chooseRecorded(site, replicaSets, request.id, options);
  if (request.kind === "revision") return chooseRevision(site, replicaSets, request.revision);
  return choosePrevious(site, replicaSets);
}

function chooseRecorded(
  site: ObservedSite,
  replicaSets: readonly ObservedReplicaSet[],
  id: string,
  options: { readonly container: string; readonly includeChanged: boolean },
): RollbackTarget {
  const { rollout, rolledBack, previousReplicaSet, previousImage } = site.annotations;
  // Also where an earlier rollout is returned from later: its annotations came back with the template.
  if (rollout !== id) return { kind: rolledBack === id ? "returned" : "not-changed" };
  const recorded = replicaSets.find(({ name }) => name === previousReplicaSet);
  if (recorded !== undefined && isSameTemplate(site, recorded)) return { kind: "returned" };
  if (!options.includeChanged && isChangedByHand(site, replicaSets)) return { kind: "changed-by-hand" };
  if (recorded?.template !== undefined) return { kind: "template", replicaSet: recorded };
  if (previousImage === undefined) return { kind: "no-record" };
  if (imageOf(site, options.container) === previousImage) return { kind: "returned" };
  return { kind: "image", image: previousImage, lostReplicaSet: previousReplicaSet };
}

/**
 * Whether somebody changed the template since the rollout that the site carries did. A ReplicaSet made by such a
 * change inherits our annotations, so the rollout's own is the one with the lowest revision among those that carry its
 * id. Where the controller has not made it yet, or it was pruned, there is nothing to compare with.
 *
 * A template that a rollback put back may differ from it too, by what admission added on the way: then the rollback's
 * own ReplicaSet, which was made for it, is what counts.
 */
function isChangedByHand(site: ObservedSite, replicaSets: readonly ObservedReplicaSet[]): boolean {
  const { rollout, rolledBackBy } = site.annotations;
  const own = replicaSets.find(({ annotations }) => annotations.rollout === rollout);
  if (own === undefined || isSameTemplate(site, own)) return false;
  const returned =
    rolledBackBy === undefined
      ? undefined
      : replicaSets.find(({ annotations }) => annotations.rolledBackBy === rolledBackBy);
  return returned === undefined || returned.reused || !isSameTemplate(site, returned);
}

function chooseRevision(
  site: ObservedSite,
  replicaSets: readonly ObservedReplicaSet[],
  revision: number,
): RollbackTarget {
  const wanted = replicaSets.find((replicaSet) => replicaSet.revision === revision);
  if (wanted === undefined)
    return { kind: "no-revision", revisions: replicaSets.map(({ revision }) => revision) };
  return isSameTemplate(site, wanted) ? { kind: "returned" } : { kind: "template", replicaSet: wanted };
}

/** The second highest revision, whatever its state, as `kubectl rollout undo` chooses. */
function choosePrevious(site: ObservedSite, replicaSets: readonly ObservedReplicaSet[]): RollbackTarget {
  const previous = replicaSets.at(-2);
  if (previous === undefined)
    return { kind: "no-revision", revisions: replicaSets.map(({ revision }) => revision) };
  return isSameTemplate(site, previous) ? { kind: "returned" } : { kind: "template", replicaSet: previous };
}

function isSameTemplate(site: ObservedSite, replicaSet: ObservedReplicaSet): boolean {
  return (
    site.templateFingerprint !== undefined && site.templateFingerprint === replicaSet.templateFingerprint
  );
}
