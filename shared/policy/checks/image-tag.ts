import { parseImageReference } from "../../image/image-reference.ts";
import type { PodCheck } from "../check.ts";
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
    const { forbiddenTags, requireDigest } = limits.images;
    for (const { path, reference } of pod.images) {
      // What is no reference is reported once, by the repository's control.
      const image = typeof reference === "string" ? parseImageReference(reference) : undefined;
      if (image === undefined || image.digest !== undefined) continue;
      if (requireDigest) report({ path, value: reference, allowed: "a reference with a digest" });
      else if (image.tag === undefined)
        report({ path, value: reference, allowed: "a reference with a tag or digest" });
      else if (matchesName(image.tag, forbiddenTags)) {
        report({ path, value: reference, allowed: `a tag other than ${forbiddenTags.join(", ")}` });
      }
    }
  },
};
