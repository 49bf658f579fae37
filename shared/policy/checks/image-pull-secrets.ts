import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { ownsReference } from "../references.ts";
import { locatedList } from "../located.ts";

export const imagePullSecrets: PodCheck = {
  id: "image-pull-secrets",
  title: "Image pull secrets",
  what: "Pull secrets are the site's own or allowed by name.",
  why: "Another site's registry credentials would pull its private images.",
  source: "OWASP Kubernetes Top Ten: secrets management",
  mode: "deny",
  scope: "pod",
  limit: ({ images: { pullSecrets } }) => ["the site's own", ...pullSecrets].join(", "),
  find(report, { spec }, limits, { siteName }) {
    const { pullSecrets } = limits.images;
    for (const secret of locatedList(spec, "imagePullSecrets")) {
      const name = member(secret.value, "name");
      if (name === undefined || ownsReference(siteName, name, pullSecrets)) continue;
      report({
        path: secret.at("name"),
        value: name,
        allowed: ["the site's own", ...pullSecrets].join(", "),
      });
    }
  },
};
