import type { PodCheck } from "../check.ts";
import { listMember } from "../json.ts";

export const volumeCount: PodCheck = {
  id: "volume-count",
  title: "Number of volumes",
  what: "A pod has so many volumes and no more.",
  why: "Each is mounted, watched and refreshed by the kubelet.",
  source: "Kubernetes Admission Control Threat Model (SIG Security): costly objects",
  mode: "deny",
  scope: "pod",
  limit: (limits) => String(limits.volumes.count),
  find(report, { spec }, limits) {
    const { count } = limits.volumes;
    const found = listMember(spec.value, "volumes").length;
    if (found <= count) return;
    report({
      path: spec.at("volumes"),
      value: found,
      found: `${found} volumes`,
      allowed: `at most ${count}`,
    });
  },
};
