import type { PodCheck } from "../check.ts";
import type { FieldPath } from "../field-path.ts";
import { member } from "../json.ts";
import type { Limits } from "../limits.ts";
import { describeOwned, ownsReference } from "../references.ts";
import { locatedList, locatedMember } from "../located.ts";
import type { PodPart } from "../pod-part.ts";

export const volumeReferences: PodCheck = {
  id: "volume-references",
  title: "References of volumes",
  what: "Volumes use the site's own Secrets, ConfigMaps and claims only, or what the limits share by name.",
  why: "Mounting another site's claim or Secret is reading its customers' data.",
  source: "OWASP Kubernetes Top Ten: overly permissive access",
  mode: "deny",
  scope: "pod",
  limit: ({ references: { secrets, configMaps, claims } }) =>
    describeOwned("SITE", [...secrets, ...configMaps, ...claims]),
  find(report, pod, limits, { siteName }) {
    for (const { path, name, shared } of references(pod, limits)) {
      if (ownsReference(siteName, name, shared)) continue;
      report({ path, value: name, allowed: describeOwned(siteName, shared) });
    }
  },
};

interface Reference {
  readonly path: FieldPath;
  readonly name: unknown;
  readonly shared: readonly string[];
}

function* references(
  pod: PodPart,
  { references: { secrets, configMaps, claims } }: Limits,
): Generator<Reference> {
  const plain = [
    ["secret", "secretName", secrets],
    ["configMap", "name", configMaps],
    ["persistentVolumeClaim", "claimName", claims],
  ] as const;
  const projected = [
    ["secret", "name", secrets],
    ["configMap", "name", configMaps],
  ] as const;
  for (const volume of pod.volumes) {
    const sources = locatedList(locatedMember(volume, "projected"), "sources");
    const places = [
      ...plain.map((kind) => ({ owner: volume, kind })),
      ...sources.flatMap((owner) => projected.map((kind) => ({ owner, kind }))),
    ];
    for (const { owner, kind } of places) {
      const [type, field, shared] = kind;
      if (member(owner.value, type) === undefined) continue;
      const source = locatedMember(owner, type);
      yield { path: source.at(field), name: member(source.value, field), shared };
    }
  }
}
