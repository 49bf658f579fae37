import type { PodCheck } from "../check.ts";
import { member, stringMember } from "../json.ts";
import { locatedList, locatedMember } from "../located.ts";

const allowedSysctls: ReadonlySet<unknown> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_notsent_lowat",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

export const sysctls: PodCheck = {
  id: "sysctls",
  title: "Sysctls",
  what: "Only kernel settings that are the pod's alone, with values that hold nothing else.",
  why: "Others change the node for everybody on it; a value with + or = has smuggled them in.",
  source: "Pod Security Standards, baseline: sysctls (as of 1.37); CVE-2022-0811 (cr8escape)",
  mode: "deny",
  scope: "pod",
  limit: () => [...allowedSysctls].join(", "),
  find(report, pod) {
    for (const sysctl of locatedList(locatedMember(pod.spec, "securityContext"), "sysctls")) {
      const name = member(sysctl.value, "name");
      if (!allowedSysctls.has(name)) {
        report({ path: sysctl.at("name"), value: name, allowed: "a safe sysctl of the baseline" });
      }
      const setting = stringMember(sysctl.value, "value");
      if (setting !== undefined && /[+=]/.test(setting)) {
        report({ path: sysctl.at("value"), value: setting, allowed: "a value without + and =" });
      }
    }
  },
};
