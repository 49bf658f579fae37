import { createHash } from "node:crypto";

/** The label that the Deployment controller adds to its ReplicaSets' templates, and that no Deployment's has. */
const podTemplateHashLabel = "pod-template-hash";

/**
 * A fingerprint of a raw pod template: equal templates have equal fingerprints, whatever the order of their members.
 * As where the Deployment controller compares templates, the label pod-template-hash does not count
 * (deployment_util.go, EqualIgnoreHash); and null is absent, as everywhere in the API.
 */
export function templateFingerprint(template: unknown): string {
  return createHash("sha256")
    .update(canonicalJson(withoutTemplateHash(template)))
    .digest("base64url")
    .slice(0, 22);
}

/** The raw template of a ReplicaSet as its Deployment had it: without the label pod-template-hash. */
export function withoutTemplateHash(template: unknown): unknown {
  if (!isRecord(template) || !isRecord(template["metadata"])) return template;
  const { labels, ...metadata } = template["metadata"];
  if (!isRecord(labels)) return template;
  const { [podTemplateHashLabel]: _hash, ...ownLabels } = labels;
  const hasLabels = Object.keys(ownLabels).length > 0;
  return { ...template, metadata: hasLabels ? { ...metadata, labels: ownLabels } : metadata };
}

function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) => {
      if (!isRecord(member)) return member;
      const entries = Object.entries(member).filter(([, inner]) => inner !== null);
      return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
    }) ?? ""
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
