import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const nodeName: PodCheck = {
  id: "node-name",
  title: "Node name",
  what: "The scheduler chooses the node.",
  why: "A pod with a nodeName skips the scheduler, and with it taints and capacity.",
  source: "Kubernetes documentation: Assigning Pods to Nodes",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec }) {
    const value = member(spec.value, "nodeName");
    if (value !== undefined && value !== "") report({ path: spec.at("nodeName"), value, allowed: "nothing" });
  },
};
