import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const interactive: PodCheck = {
  id: "interactive",
  title: "Terminals",
  what: "No container keeps a terminal or standard input open (ephemeral ones may: that is what they are for).",
  why: "A shop is no shell: an open terminal is a way in for whoever may attach.",
  source: "CIS Kubernetes Benchmark (general policies)",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { containers }) {
    for (const container of containers) {
      if (container.list === "ephemeralContainers") continue;
      for (const field of ["stdin", "tty"] as const) {
        const value = member(container.value, field);
        if (value === undefined || value === false) continue;
        report({ path: container.at(field), value, allowed: "false" });
      }
    }
  },
};
