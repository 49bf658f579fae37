import { isObserved, type ObservedSite } from "./observed-site.ts";
import { planSites, type PlanOptions } from "./plan-sites.ts";
import type { ReplicaSetIndex } from "./replica-set-index.ts";
import type { ImageChange, RolloutPlan } from "./rollout-plan.ts";
import { formatTarget, targetImage, type ImageTarget } from "./target.ts";

/**
 * Plans the upgrade of sites to an image: those that run it are unchanged, whoever brought them there.
 *
 * @param replicaSets made for `record`: each site's current ReplicaSet is recorded for an exact rollback
 */
export function planUpgrade(
  sites: readonly ObservedSite[],
  replicaSets: ReplicaSetIndex,
  options: PlanOptions & { readonly target: ImageTarget },
): RolloutPlan {
  return planSites(sites, options, {
    kind: "upgrade",
    target: formatTarget(options.target),
    stillRuns: (image) => targetImage(options.target, image) === image,
    decide: (site, image) => {
      const to = targetImage(options.target, image);
      if (to === undefined) {
        return { action: "skipped", reason: "its image is no valid reference; name the whole new image" };
      }
      if (to === image) return { action: "unchanged", to, reason: "it runs this image already" };
      return { action: "update", to, change: { kind: "image", ...currentTemplate(site, replicaSets) } };
    },
  });
}

/** Plans the restart of sites: the pods of each are replaced, as `kubectl rollout restart` does. */
export function planRestart(
  sites: readonly ObservedSite[],
  replicaSets: ReplicaSetIndex,
  options: PlanOptions,
): RolloutPlan {
  return planSites(sites, options, {
    kind: "restart",
    target: "restart",
    stillRuns: () => true,
    decide: (site, image) => ({
      action: "update",
      to: image,
      change: { kind: "restart", ...currentTemplate(site, replicaSets) },
    }),
  });
}

/**
 * What records the template that is about to be replaced. While the controller has not seen the Deployment as it is,
 * its revision is that of the template before, and recording that ReplicaSet would return the site too far.
 */
function currentTemplate(site: ObservedSite, replicaSets: ReplicaSetIndex): Omit<ImageChange, "kind"> {
  if (!isObserved(site) || site.revision === undefined) return {};
  const current = replicaSets.ofSite(site).find(({ revision }) => revision === site.revision);
  return {
    revision: site.revision,
    ...(current === undefined ? {} : { previousReplicaSet: current.name }),
  };
}
