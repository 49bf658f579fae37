import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

const fields = ["hostNetwork", "hostPID", "hostIPC"] as const;

export const hostNamespaces: PodCheck = {
  id: "host-namespaces",
  title: "Host namespaces",
  what: "A pod does not share the node's network, process or IPC namespace.",
  why: "From the node's namespaces it sees every other site's traffic and processes.",
  source: "Pod Security Standards, baseline: host namespaces",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec }) {
    for (const field of fields) {
      const value = member(spec.value, field);
      if (value === undefined || value === false) continue;
      report({ path: spec.at(field), value, allowed: "false" });
    }
  },
};
