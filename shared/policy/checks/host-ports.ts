import type { PodCheck, Report } from "../check.ts";
import { member } from "../json.ts";
import { locatedList } from "../located.ts";
import type { Located } from "../located.ts";

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
    for (const container of containers) {
      for (const port of locatedList(container, "ports")) findInPort(report, port);
    }
  },
};

function findInPort(report: Report, port: Located): void {
  const hostPort = member(port.value, "hostPort");
  if (hostPort !== undefined && hostPort !== 0)
    report({ path: port.at("hostPort"), value: hostPort, allowed: "no host port" });
  const hostIP = member(port.value, "hostIP");
  if (hostIP !== undefined && hostIP !== "")
    report({ path: port.at("hostIP"), value: hostIP, allowed: "no host address" });
}
