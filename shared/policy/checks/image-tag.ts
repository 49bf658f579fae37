import type { PodCheck } from "../check.ts";
import type { Limits } from "../limits.ts";
import { matchesName } from "../name-pattern.ts";

export const imageTag: PodCheck = {
  id: "image-tag",
  title: "Image tags",
  what: "Every image has a tag or a digest that says which version it is.",
  why: "What a moving tag means changes under a running site, and cannot be rolled back to.",
  source: "Kubernetes documentation: Images (avoid :latest)",
  mode: "deny",
  scope: "pod",
  limit: ({ images: { forbiddenTags, requireDigest } }) =>
    requireDigest ? "a digest" : `a tag other than ${forbiddenTags.join(", ")}, or a digest`,
  find(report, pod, limits) {
    for (const { owner, fields, reference, image } of pod.images) {
      // What is no reference is reported once, by the repository's control.
      if (image === undefined || image.digest !== undefined) continue;
      const allowed = allowedInstead(image.tag, limits);
      if (allowed !== undefined) report({ path: owner.at(fields.reference), value: reference, allowed });
    }
  },
};

/** What a reference without a digest should be; undefined for one that is as it should be. */
function allowedInstead(
  tag: string | undefined,
  { images: { forbiddenTags, requireDigest } }: Limits,
): string | undefined {
  if (requireDigest) return "a reference with a digest";
  if (tag === undefined) return "a reference with a tag or digest";
  return matchesName(tag, forbiddenTags) ? `a tag other than ${forbiddenTags.join(", ")}` : undefined;
}
