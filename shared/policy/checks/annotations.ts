import {
  changeCauseAnnotation,
  restartedAtAnnotation,
  revisionAnnotation,
  rolloutAnnotation,
} from "../../rollout/rollout-annotations.ts";
import type { PodCheck } from "../check.ts";
import { mapEntries, member } from "../json.ts";
import { metadataParts } from "../metadata-parts.ts";
import { matchesName } from "../name-pattern.ts";
import { textBytes } from "../text-bytes.ts";

/** What an upgrade or a rollback writes, ours and kubectl's. */
const bookkeeping: ReadonlySet<string> = new Set([
  ...Object.values(rolloutAnnotation),
  changeCauseAnnotation,
  restartedAtAnnotation,
  revisionAnnotation,
]);

export const annotations: PodCheck = {
  id: "annotations",
  title: "Annotations",
  what: "No annotation that makes some controller change the pod or its traffic, and not too much of them.",
  why: "Snippets, injected sidecars, extra networks and cloud identities are all one annotation away.",
  source: "CVE-2021-25742, CVE-2025-1097, CVE-2025-1098, CVE-2025-24514 (ingress-nginx annotations)",
  mode: "deny",
  scope: "pod",
  limit: ({ annotations: { totalBytes, forbidden } }) =>
    `${totalBytes} bytes; none of ${forbidden.join(", ")}`,
  find(report, pod, limits, subject) {
    const { forbidden, totalBytes } = limits.annotations;
    for (const part of metadataParts(subject, pod)) {
      let total = 0;
      let bookkept = 0;
      for (const [key, value] of mapEntries(member(part.value, "annotations"))) {
        const bytes = textBytes(key) + textBytes(value);
        total += bytes;
        if (bookkeeping.has(key)) bookkept += bytes;
        if (!matchesName(key, forbidden)) continue;
        // The value may hold a credential: the key says enough.
        report({ path: part.at("annotations", key), value, found: "set", allowed: "not set" });
      }
      if (total <= totalBytes) continue;
      // Less what rollouts write: those of a site that had too much before go on.
      const value = total - bookkept;
      report({
        path: part.at("annotations"),
        value,
        found: `${total} bytes`,
        allowed: `at most ${totalBytes} bytes`,
      });
    }
  },
};
