import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedMember } from "../located.ts";

const allowedTypes: ReadonlySet<unknown> = new Set(["RuntimeDefault", "Localhost"]);

export const seccomp: PodCheck = {
  id: "seccomp",
  title: "Seccomp",
  what: "The seccomp profile is not switched off, for the pod or for a container.",
  why: "Unconfined, the process may make any system call that the kernel has. A container's profile wins over its pod's, so both are looked at.",
  source: "Pod Security Standards, baseline: seccomp; CVE-2023-33191",
  mode: "deny",
  scope: "pod",
  limit: () => [...allowedTypes].join(", "),
  find(report, pod) {
    for (const context of pod.securityContexts) {
      if (member(context.value, "seccompProfile") === undefined) continue;
      const profile = locatedMember(context, "seccompProfile");
      const type = member(profile.value, "type");
      if (allowedTypes.has(type)) continue;
      report({ path: profile.at("type"), value: type, allowed: "RuntimeDefault or Localhost" });
    }
  },
};
