import type { PodCheck } from "../check.ts";
import { listMember, mapEntries, member } from "../json.ts";

const allowedNames: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

export const resourceKinds: PodCheck = {
  id: "resource-kinds",
  title: "Kinds of resources",
  what: "CPU, memory and ephemeral storage only: no devices, huge pages or resource claims.",
  why: "Devices are scarce, expensive, and often shared memory with the node.",
  source: "Kubernetes documentation: Device Plugins, Dynamic Resource Allocation",
  mode: "deny",
  scope: "pod",
  limit: () => [...allowedNames].join(", "),
  find(report, pod) {
    for (const resources of pod.resourceOwners) {
      for (const kind of ["requests", "limits"] as const) {
        for (const [name, value] of mapEntries(member(resources.value, kind))) {
          if (allowedNames.has(name)) continue;
          report({ path: resources.at(kind, name), value, allowed: `only ${[...allowedNames].join(", ")}` });
        }
      }
      const claims = listMember(resources.value, "claims");
      if (claims.length > 0)
        report({ path: resources.at("claims"), value: claims, allowed: "no resource claims" });
    }
    const claims = listMember(pod.spec.value, "resourceClaims");
    if (claims.length > 0) {
      report({ path: pod.spec.at("resourceClaims"), value: claims, allowed: "no resource claims" });
    }
  },
};
