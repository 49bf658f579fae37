import type { PodCheck } from "../check.ts";
import { listMember } from "../json.ts";
import { locatedMember } from "../located.ts";

export const restrictedCapabilities: PodCheck = {
  id: "restricted-capabilities",
  title: "Dropped capabilities",
  what: 'Every container drops "ALL" capabilities (exactly that word) and adds at most NET_BIND_SERVICE.',
  why: "A web application needs none of root's powers.",
  source: "Pod Security Standards, restricted: capabilities",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => "drop ALL, add NET_BIND_SERVICE",
  find(report, pod) {
    for (const context of pod.containerSecurityContexts) {
      const capabilities = locatedMember(context, "capabilities");
      const dropped = listMember(capabilities.value, "drop");
      if (!dropped.includes("ALL"))
        report({ path: capabilities.at("drop"), value: dropped, allowed: '["ALL"]' });
      for (const [index, name] of listMember(capabilities.value, "add").entries()) {
        if (name === "NET_BIND_SERVICE") continue;
        report({ path: capabilities.at("add", index), value: name, allowed: "only NET_BIND_SERVICE" });
      }
    }
  },
};
