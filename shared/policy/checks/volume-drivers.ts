import type { PodCheck } from "../check.ts";
import { member, memberAt } from "../json.ts";
import { locatedMember } from "../located.ts";

/** Of a generic volume's claim, what would copy somebody else's data or bind a chosen volume. */
const sources = ["dataSource", "dataSourceRef", "volumeName", "selector"] as const;

export const volumeDrivers: PodCheck = {
  id: "volume-drivers",
  title: "Volume drivers and classes",
  what: "Inline CSI drivers and storage classes are allowed by name; claims made for a pod start empty.",
  why: "A driver acts with its own rights, a class has its price, and a data source copies another claim.",
  source: "Pod Security Standards (csi); CVE-2023-2878 (secrets-store CSI driver)",
  mode: "deny",
  scope: "pod",
  limit: ({ volumes: { csiDrivers, storageClasses } }) =>
    `drivers: ${csiDrivers.join(", ") || "none"}; classes: ${storageClasses.join(", ") || "the default one"}`,
  find(report, { volumes }, limits) {
    const { types, csiDrivers, storageClasses } = limits.volumes;
    for (const volume of volumes) {
      const csi = locatedMember(volume, "csi");
      if (member(volume.value, "csi") !== undefined && types.includes("csi")) {
        const driver = member(csi.value, "driver");
        if (typeof driver !== "string" || !csiDrivers.includes(driver)) {
          report({ path: csi.at("driver"), value: driver, allowed: csiDrivers.join(", ") || "none" });
        }
        const secret = member(csi.value, "nodePublishSecretRef");
        if (secret !== undefined) {
          report({ path: csi.at("nodePublishSecretRef"), value: secret, allowed: "nothing" });
        }
      }
      const claim = locatedMember(locatedMember(volume, "ephemeral"), "volumeClaimTemplate");
      const spec = locatedMember(claim, "spec");
      const storageClass = memberAt(spec.value, "storageClassName");
      if (storageClass !== undefined && !storageClasses.some((name) => name === storageClass)) {
        report({
          path: spec.at("storageClassName"),
          value: storageClass,
          allowed: storageClasses.join(", ") || "nothing",
        });
      }
      for (const field of sources) {
        const value = member(spec.value, field);
        if (value !== undefined) report({ path: spec.at(field), value, allowed: "nothing" });
      }
    }
  },
};
