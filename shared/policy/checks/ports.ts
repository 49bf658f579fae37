import type { PodCheck } from "../check.ts";
import { listMember } from "../json.ts";

export const ports: PodCheck = {
  id: "ports",
  title: "Number of ports",
  what: "A container declares so many ports and no more.",
  why: "Every port is carried into endpoints and rules on every node.",
  source: "Kubernetes Admission Control Threat Model (SIG Security): costly objects",
  mode: "deny",
  scope: "pod",
  limit: (limits) => String(limits.containers.ports),
  find(report, { containers }, limits) {
    const maximum = limits.containers.ports;
    for (const container of containers) {
      const count = listMember(container.value, "ports").length;
      if (count <= maximum) continue;
      report({
        path: container.at("ports"),
        value: count,
        found: `${count} ports`,
        allowed: `at most ${maximum}`,
      });
    }
  },
};
