import type { PodCheck } from "../check.ts";
import { volumeTypes } from "../volume-types.ts";

const allowedTypes: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const restrictedVolumes: PodCheck = {
  id: "restricted-volumes",
  title: "Volume types of the restricted standard",
  what: "Only volume types of the restricted standard, whatever the operator's own list says.",
  why: "Other types speak to storage with the node's rights.",
  source: "Pod Security Standards, restricted: volume types",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => [...allowedTypes].join(", "),
  find(report, { volumes }, limits) {
    for (const volume of volumes) {
      for (const [type, value] of volumeTypes(volume.value)) {
        // What the operator's list refuses already is reported once, by its own control.
        if (allowedTypes.has(type) || type === "hostPath" || !limits.volumes.types.includes(type)) continue;
        report({ path: volume.at(type), value, allowed: "a volume type of the restricted standard" });
      }
    }
  },
};
