import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const hostPath: PodCheck = {
  id: "host-path",
  title: "Host paths",
  what: "No volume is a path of the node.",
  why: "The node's files hold other sites' data and the kubelet's credentials.",
  source: "Pod Security Standards, baseline: hostPath volumes",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { volumes }) {
    for (const volume of volumes) {
      const value = member(volume.value, "hostPath");
      if (value !== undefined) report({ path: volume.at("hostPath"), value, allowed: "no hostPath volume" });
    }
  },
};
