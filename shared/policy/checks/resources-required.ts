import type { PodCheck } from "../check.ts";
import { member, memberAt } from "../json.ts";

export const resourcesRequired: PodCheck = {
  id: "resources-required",
  title: "Resources required",
  what: "Every container (but ephemeral ones, which cannot) or its pod as a whole says what it needs and what it may use.",
  why: "Without a limit one site takes a node's memory from all others; without a request it is placed where there is none.",
  source: "Kubernetes documentation: Resource Management for Pods and Containers",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.resources.required.join(", "),
  find(report, { spec, containers }, limits) {
    const ofPod = member(spec.value, "resources");
    for (const container of containers) {
      if (container.list === "ephemeralContainers") continue;
      for (const required of limits.resources.required) {
        const [kind = "", name = ""] = required.split(".");
        if (memberAt(container.value, "resources", kind, name) !== undefined) continue;
        // Of a pod as a whole, what it may use is also what it needs, if it does not say.
        if ((memberAt(ofPod, kind, name) ?? memberAt(ofPod, "limits", name)) !== undefined) continue;
        report({
          path: container.at("resources", kind, name),
          value: undefined,
          allowed: describe(limits, name),
        });
      }
    }
  },
};

function describe(limits: Parameters<PodCheck["limit"]>[0], name: string): string {
  const maximum = Object.entries(limits.resources.maximum).find(([key]) => key === name)?.[1];
  return maximum === undefined ? "a quantity" : `a quantity up to ${maximum}`;
}
