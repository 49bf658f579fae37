import type { Finding, PodCheck } from "../check.ts";
import { mapEntries, member } from "../json.ts";
import { metadataParts } from "../metadata-parts.ts";
import { matchesName } from "../name-pattern.ts";

const valuePattern = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const namePattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const prefixPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const maximumPrefixLength = 253;
const maximumPartLength = 63;

/** Prefixes under Kubernetes' own domains that are meant for authors, or that the API's own strategies write. */
const openPrefixes: ReadonlySet<string> = new Set(["app.kubernetes.io", "batch.kubernetes.io"]);

export const labels: PodCheck = {
  id: "labels",
  title: "Labels",
  what: "Labels are valid, none is Kubernetes' own (app.kubernetes.io/… is for everybody), and none is a forbidden annotation's key.",
  why: "Controllers, schedulers and quotas act on reserved labels; pod-template-hash decides which ReplicaSet a pod belongs to; a label injects a sidecar or an identity as an annotation does.",
  source: "Kubernetes documentation: Labels and Selectors; CVE-2025-55205 (label injection)",
  mode: "deny",
  scope: "pod",
  limit: () =>
    "no kubernetes.io/…, *.kubernetes.io/…, k8s.io/…, *.k8s.io/…, pod-template-hash, nothing that is forbidden as an annotation",
  find(report, pod, limits, subject) {
    const { forbidden } = limits.annotations;
    for (const part of metadataParts(subject, pod)) {
      for (const [key, value] of mapEntries(member(part.value, "labels"))) {
        const mistake = mistakeIn(key, value, forbidden);
        if (mistake !== undefined) report({ path: part.at("labels", key), ...mistake });
      }
    }
  },
};

function mistakeIn(
  key: string,
  value: unknown,
  forbidden: readonly string[],
): Pick<Finding, "value" | "allowed"> | undefined {
  if (isReserved(key)) return { value, allowed: "no label of Kubernetes' own" };
  if (matchesName(key, forbidden)) return { value, allowed: "not set" };
  if (!isKey(key)) return { value: key, allowed: "a valid label key" };
  return isValue(value) ? undefined : { value, allowed: "a valid label value (at most 63 characters)" };
}

function isReserved(key: string): boolean {
  if (key === "pod-template-hash" || key === "controller-revision-hash") return true;
  const slash = key.indexOf("/");
  if (slash === -1) return false;
  const prefix = key.slice(0, slash);
  if (openPrefixes.has(prefix)) return false;
  return ["kubernetes.io", "k8s.io"].some((domain) => prefix === domain || prefix.endsWith(`.${domain}`));
}

function isKey(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash === -1) return isName(key);
  const prefix = key.slice(0, slash);
  return isName(key.slice(slash + 1)) && prefix.length <= maximumPrefixLength && prefixPattern.test(prefix);
}

function isName(name: string): boolean {
  return name.length <= maximumPartLength && namePattern.test(name);
}

function isValue(value: unknown): boolean {
  return typeof value === "string" && value.length <= maximumPartLength && valuePattern.test(value);
}
