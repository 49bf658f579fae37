import type { ImageReference } from "../../image/image-reference.ts";
import type { PodCheck } from "../check.ts";

export const imageRepository: PodCheck = {
  id: "image-repository",
  title: "Image repositories",
  what: "Every image comes from an allowed repository, compared host by host and segment by segment; image volumes count.",
  why: "Comparing texts lets registry.example/prod-evil or registry.example.attacker.net pass for registry.example/prod.",
  source: "Gatekeeper K8sAllowedRepos bypass (Aqua, 2025); OWASP Kubernetes Top Ten: supply chain",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.images.repositories.join(", "),
  find(report, pod, limits) {
    const { repositories } = limits.images;
    for (const { owner, fields, reference, image } of pod.images) {
      if (image !== undefined && repositories.some((pattern) => isWithin(image, pattern))) continue;
      const allowed = image === undefined ? "a valid image reference" : repositories.join(", ");
      report({ path: owner.at(fields.reference), value: reference, allowed });
    }
  },
};

/** `host/path` allows that repository, `host/path/*` and `host/*` everything below. */
function isWithin(image: ImageReference, pattern: string): boolean {
  const name = `${image.registry}/${image.repository}`;
  return pattern.endsWith("/*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
