import type { ObservedSite } from "./observed-site.ts";
import { observeReplicaSet, type ObservedReplicaSet } from "./observed-replica-set.ts";

/** The ReplicaSets of sites, by the Deployment that controls them. */
export interface ReplicaSetIndex {
  /** Takes one raw ReplicaSet of a list's page and keeps of it what the rollout may need. */
  add(raw: unknown): void;
  /** The ReplicaSets of a site, lowest revision first. */
  ofSite(site: ObservedSite): readonly ObservedReplicaSet[];
}

/** What ReplicaSets are wanted for: so much of each is kept, and no more, since there may be eleven a site. */
export type ReplicaSetPurpose =
  /** Upgrades and restarts record the current one. */
  | { readonly kind: "record" }
  /** A rollback of a rollout needs the recorded template, and fingerprints to tell hand-made changes by. */
  | { readonly kind: "recorded-template" }
  /** A return to a revision needs all templates. */
  | { readonly kind: "any-template" };

/** Gathers the ReplicaSets of these sites; those of other Deployments are left out. */
export function createReplicaSetIndex(
  sites: readonly ObservedSite[],
  purpose: ReplicaSetPurpose,
): ReplicaSetIndex {
  const siteOfUid = new Map(sites.map((site) => [site.uid, site]));
  const replicaSetsOfUid = new Map<string, ObservedReplicaSet[]>();
  return {
    add(raw) {
      const bare = observeReplicaSet(raw);
      const site = bare.ownerUid === undefined ? undefined : siteOfUid.get(bare.ownerUid);
      if (site === undefined || (purpose.kind === "record" && bare.revision !== site.revision)) return;
      const kept = observeReplicaSet(raw, {
        withFingerprint: purpose.kind !== "record",
        withTemplate:
          purpose.kind === "any-template" ||
          (purpose.kind === "recorded-template" && bare.name === site.annotations.previousReplicaSet),
      });
      const others = replicaSetsOfUid.get(site.uid);
      if (others === undefined) replicaSetsOfUid.set(site.uid, [kept]);
      else others.push(kept);
    },

    ofSite(site) {
      const own = replicaSetsOfUid.get(site.uid) ?? [];
      return own.toSorted((left, right) => left.revision - right.revision);
    },
  };
}
