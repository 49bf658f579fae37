import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedList } from "../located.ts";

export const hostPorts: PodCheck = {
  id: "host-ports",
  title: "Host ports",
  what: "No container takes a port or an address of the node.",
  why: "It would bypass the Service and its network policy, and take the port from others.",
  source: "Pod Security Standards, baseline: host ports; hostIP is ours",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { containers }) {
    for (const port of containers.flatMap((container) => locatedList(container, "ports"))) {
      const hostPort = member(port.value, "hostPort");
      if (hostPort !== undefined && hostPort !== 0) {
        report({ path: [...port.path, "hostPort"], value: hostPort, allowed: "no host port" });
      }
      const hostIP = member(port.value, "hostIP");
      if (hostIP !== undefined && hostIP !== "") {
        report({ path: [...port.path, "hostIP"], value: hostIP, allowed: "no host address" });
      }
    }
  },
};
