import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const serviceAccountToken: PodCheck = {
  id: "service-account-token",
  title: "Service account token",
  what: "The pod mounts no service account token: automountServiceAccountToken is false.",
  why: "Code that a shop's visitor breaks into would speak to the API server.",
  source: "CIS Kubernetes Benchmark 5.1.6",
  mode: "deny",
  scope: "pod",
  limit: (limits) => (limits.serviceAccounts.tokens ? "allowed" : "false"),
  find(report, { spec }, limits) {
    const value = member(spec.value, "automountServiceAccountToken");
    if (limits.serviceAccounts.tokens || value === false) return;
    report({ path: spec.at("automountServiceAccountToken"), value, allowed: "false" });
  },
};
