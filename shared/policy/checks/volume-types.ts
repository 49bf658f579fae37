import type { PodCheck } from "../check.ts";
import { volumeTypes as typesOf } from "../volume-types.ts";

export const volumeTypes: PodCheck = {
  id: "volume-types",
  title: "Volume types",
  what: "Volumes are of an allowed type.",
  why: "An allow-list also holds for types that are yet to come. gitRepo runs code on the node; NFS and its like reach other networks.",
  source: "Pod Security Standards (volume types); CVE-2024-10220, CVE-2025-1767 (gitRepo)",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.volumes.types.join(", "),
  find(report, { volumes }, limits) {
    const { types } = limits.volumes;
    for (const volume of volumes) {
      for (const [type, value] of typesOf(volume.value)) {
        // hostPath has a control of its own, which no list switches off.
        if (types.includes(type) || type === "hostPath") continue;
        report({ path: volume.at(type), value, allowed: types.join(", ") });
      }
    }
  },
};
