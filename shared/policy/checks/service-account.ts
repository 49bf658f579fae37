import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

/** The API keeps both in step, but what an author writes offline may differ in either. */
const fields = ["serviceAccountName", "serviceAccount"] as const;

export const serviceAccount: PodCheck = {
  id: "service-account",
  title: "Service accounts",
  what: "The pod runs as an allowed service account.",
  why: "Whoever names an account has its rights in the cluster.",
  source: "OWASP Kubernetes Top Ten: overly permissive RBAC",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.serviceAccounts.allowed.join(", "),
  find(report, { spec }, limits) {
    const { allowed } = limits.serviceAccounts;
    const bad = fields
      .map((field) => ({ field, value: member(spec.value, field) }))
      .filter(({ value }) => value !== undefined && value !== "" && !allowed.some((name) => name === value));
    // The alias with the same value is the same mistake: one line for both.
    for (const { field, value } of bad.filter(({ value }, index) => index === 0 || value !== bad[0]?.value)) {
      report({ path: spec.at(field), value, allowed: allowed.join(", ") });
    }
  },
};
