import type { SiteCheck } from "../check.ts";
import { listMember } from "../json.ts";

export const ownership: SiteCheck = {
  id: "ownership",
  title: "Owners and finalizers",
  what: "A site is owned by nobody and has no finalizers but Kubernetes' own.",
  why: "A finalizer that nobody removes makes a site undeletable; an owner reference makes the garbage collector delete it.",
  source: "CVE-2025-5187, CVE-2022-46167 (owner references)",
  mode: "deny",
  scope: "site",
  limit: (limits) => `finalizers: ${limits.finalizers.join(", ") || "none"}`,
  find(report, { metadata }, limits) {
    for (const [index, finalizer] of listMember(metadata.value, "finalizers").entries()) {
      if (limits.finalizers.some((allowed) => allowed === finalizer)) continue;
      report({
        path: metadata.at("finalizers", index),
        value: finalizer,
        allowed: limits.finalizers.join(", ") || "none",
      });
    }
    const owners = listMember(metadata.value, "ownerReferences");
    if (owners.length > 0) report({ path: metadata.at("ownerReferences"), value: owners, allowed: "none" });
  },
};
