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
    for (const { value: resources, path } of pod.resourceOwners) {
      for (const kind of ["requests", "limits"] as const) {
        for (const [name, value] of mapEntries(member(resources, kind))) {
          if (allowedNames.has(name)) continue;
          report({ path: [...path, kind, name], value, allowed: `only ${[...allowedNames].join(", ")}` });
        }
      }
      const claims = listMember(resources, "claims");
      if (claims.length > 0)
        report({ path: [...path, "claims"], value: claims, allowed: "no resource claims" });
    }
    const claims = listMember(pod.spec.value, "resourceClaims");
    if (claims.length > 0) {
      report({ path: [...pod.spec.path, "resourceClaims"], value: claims, allowed: "no resource claims" });
    }
  },
};
