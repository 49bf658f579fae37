import type { PodCheck, Report } from "../check.ts";
import { member, memberAt } from "../json.ts";
import type { Limits } from "../limits.ts";
import { parseQuantity } from "../quantity.ts";
import { locatedMember } from "../located.ts";
import type { Located } from "../located.ts";

export const volumeSizes: PodCheck = {
  id: "volume-sizes",
  title: "Sizes of volumes",
  what: "A scratch volume that names a size, is in memory or is made for the pod stays within its bound.",
  why: "Memory-backed volumes take the node's memory; a generic volume is a disk that somebody pays for.",
  source: "Kubernetes documentation: Volumes (emptyDir)",
  mode: "deny",
  scope: "pod",
  limit: ({ volumes: { size, memorySize } }) => `${size} on disk, ${memorySize} in memory`,
  find(report, { volumes }, limits) {
    for (const volume of volumes) {
      oversizedEmptyDir(report, volume, limits);
      oversizedClaim(report, volume, limits);
    }
  },
};

function oversizedEmptyDir(report: Report, volume: Located, { volumes: { size, memorySize } }: Limits): void {
  const emptyDir = locatedMember(volume, "emptyDir");
  const medium = member(emptyDir.value, "medium");
  const limit = member(emptyDir.value, "sizeLimit");
  const inMemory = medium !== undefined && medium !== "";
  // On disk, the container's ephemeral-storage bounds what names no size of its own.
  if (limit === undefined && !inMemory) return;
  const maximum = inMemory ? memorySize : size;
  if (isWithin(limit, maximum)) return;
  report({ path: emptyDir.at("sizeLimit"), value: limit, allowed: `at most ${maximum}` });
}

function oversizedClaim(report: Report, volume: Located, { volumes: { size } }: Limits): void {
  if (member(volume.value, "ephemeral") === undefined) return;
  const keys = ["ephemeral", "volumeClaimTemplate", "spec", "resources", "requests", "storage"] as const;
  const requested = memberAt(volume.value, ...keys);
  if (isWithin(requested, size)) return;
  report({ path: volume.at(...keys), value: requested, allowed: `at most ${size}` });
}

function isWithin(value: unknown, maximum: string): boolean {
  const amount = parseQuantity(value);
  const bound = parseQuantity(maximum);
  // A zero sizeLimit is the API's word for "no limit".
  return amount !== undefined && bound !== undefined && amount > 0n && amount <= bound;
}
