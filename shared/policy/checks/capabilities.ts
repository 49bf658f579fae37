import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedMember } from "../located.ts";

/** Exact names: the runtimes also take lower case and a CAP_ prefix, which are therefore refused. */
const allowedCapabilities: ReadonlySet<unknown> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

export const capabilities: PodCheck = {
  id: "capabilities",
  title: "Added capabilities",
  what: "Containers add no Linux capability beyond those that container runtimes give by default.",
  why: "SYS_ADMIN, NET_RAW and others lead out of the container or into its neighbours' traffic.",
  source: "Pod Security Standards, baseline: capabilities",
  mode: "deny",
  scope: "pod",
  limit: () => [...allowedCapabilities].join(", "),
  find(report, pod) {
    for (const context of pod.containerSecurityContexts) {
      const capabilities = locatedMember(context, "capabilities");
      const added = member(capabilities.value, "add");
      if (!Array.isArray(added)) continue;
      for (const [index, name] of added.entries()) {
        if (allowedCapabilities.has(name)) continue;
        report({
          path: capabilities.at("add", index),
          value: name,
          allowed: "only capabilities of the baseline",
        });
      }
    }
  },
};
