import type { PodCheck } from "../check.ts";
import { listMember } from "../json.ts";

export const hostAliases: PodCheck = {
  id: "host-aliases",
  title: "Host aliases",
  what: "No entries of the author's in /etc/hosts.",
  why: "They send a well-known name (a payment provider's) to an address of the author's choice.",
  source: "NSA/CISA Kubernetes Hardening Guide (network)",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec }) {
    const value = listMember(spec.value, "hostAliases");
    if (value.length > 0) report({ path: spec.at("hostAliases"), value, allowed: "none" });
  },
};
