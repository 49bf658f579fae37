import type { PodCheck } from "../check.ts";
import { isObject, listMember, member, stringMember } from "../json.ts";
import { locatedMember } from "../located.ts";

export const probeHosts: PodCheck = {
  id: "probe-hosts",
  title: "Hosts of probes and hooks",
  what: "Probes and lifecycle hooks call the pod itself: no host, and no Host header.",
  why: "The kubelet makes these calls from the node's network, where it reaches what no pod may.",
  source: "Pod Security Standards, baseline (1.34): host probes and lifecycle hooks; the Host header is ours",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, pod) {
    for (const handler of pod.handlers) {
      for (const kind of ["httpGet", "tcpSocket"] as const) {
        const call = locatedMember(handler, kind);
        const host = member(call.value, "host");
        if (host !== undefined && host !== "") {
          report({ path: call.at("host"), value: host, allowed: "no host" });
        }
        for (const [index, header] of listMember(call.value, "httpHeaders").entries()) {
          if (!isObject(header) || stringMember(header, "name")?.toLowerCase() !== "host") continue;
          report({ path: call.at("httpHeaders", index), value: header, allowed: "no Host header" });
        }
      }
    }
  },
};
