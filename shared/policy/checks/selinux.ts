import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedMember } from "../located.ts";

const allowedTypes: ReadonlySet<unknown> = new Set([
  "",
  undefined,
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);

export const selinux: PodCheck = {
  id: "selinux",
  title: "SELinux",
  what: "SELinux types are the containers' own; user and role are not set.",
  why: "Another type, user or role takes the process out of the containers' confinement.",
  source: "Pod Security Standards, baseline: SELinux (container_engine_t since 1.31)",
  mode: "deny",
  scope: "pod",
  limit: () => "container_t, container_init_t, container_kvm_t, container_engine_t",
  find(report, pod) {
    for (const context of pod.securityContexts) {
      const options = locatedMember(context, "seLinuxOptions");
      const type = member(options.value, "type");
      if (!allowedTypes.has(type)) {
        report({ path: options.at("type"), value: type, allowed: "a container_*_t type of the baseline" });
      }
      for (const field of ["user", "role"] as const) {
        const value = member(options.value, field);
        if (value !== undefined && value !== "")
          report({ path: options.at(field), value, allowed: "nothing" });
      }
    }
  },
};
