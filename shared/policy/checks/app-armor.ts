import type { PodCheck } from "../check.ts";
import { mapEntries, member } from "../json.ts";
import { locatedMember } from "../located.ts";

const allowedTypes: ReadonlySet<unknown> = new Set(["RuntimeDefault", "Localhost"]);
const annotationPrefix = "container.apparmor.security.beta.kubernetes.io/";

export const appArmor: PodCheck = {
  id: "app-armor",
  title: "AppArmor",
  what: "The runtime's AppArmor profile is not switched off, by field or by the older annotation.",
  why: "The profile is what keeps a broken-out process from the node's files.",
  source: "Pod Security Standards, baseline: AppArmor",
  mode: "deny",
  scope: "pod",
  limit: () => [...allowedTypes].join(", "),
  find(report, pod) {
    for (const context of pod.securityContexts) {
      const profile = locatedMember(context, "appArmorProfile");
      const type = member(profile.value, "type");
      if (member(context.value, "appArmorProfile") === undefined || allowedTypes.has(type)) continue;
      report({ path: profile.at("type"), value: type, allowed: "RuntimeDefault or Localhost" });
    }
    for (const [key, value] of mapEntries(member(pod.metadata.value, "annotations"))) {
      if (!key.startsWith(annotationPrefix) || isAllowedAnnotation(value)) continue;
      report({
        path: pod.metadata.at("annotations", key),
        value,
        allowed: "runtime/default or localhost/…",
      });
    }
  },
};

function isAllowedAnnotation(value: unknown): boolean {
  if (typeof value !== "string") return value === null;
  return value === "" || value === "runtime/default" || value.startsWith("localhost/");
}
