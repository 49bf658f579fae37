import type { PodCheck, Report } from "../check.ts";
import { member } from "../json.ts";
import type { Limits } from "../limits.ts";
import { describeOwned, ownsReference } from "../references.ts";
import { locatedMember } from "../located.ts";
import type { Located } from "../located.ts";

/** Where a variable's source names an object, and which list of the limits shares objects of that kind. */
const variableSources = [
  ["secretKeyRef", "secrets"],
  ["configMapKeyRef", "configMaps"],
] as const;
const bulkSources = [
  ["secretRef", "secrets"],
  ["configMapRef", "configMaps"],
] as const;

export const envReferences: PodCheck = {
  id: "env-references",
  title: "References of variables",
  what: "env and envFrom read the site's own Secret and ConfigMap only, or what the limits share by name.",
  why: "Sites of one namespace could otherwise read each other's passwords.",
  source: "CVE-2024-3177 (envFrom), CVE-2023-2728 (ephemeral containers)",
  mode: "deny",
  scope: "pod",
  limit: ({ references: { secrets, configMaps } }) => describeOwned("SITE", [...secrets, ...configMaps]),
  find(report, pod, limits, { siteName }) {
    for (const { variables, sources } of pod.environments) {
      for (const variable of variables) {
        if (member(variable.value, "valueFrom") === undefined) continue;
        foreign(report, locatedMember(variable, "valueFrom"), variableSources, limits, siteName);
      }
      for (const source of sources) {
        foreign(report, source, bulkSources, limits, siteName);
      }
    }
  },
};

function foreign(
  report: Report,
  source: Located,
  kinds: readonly (readonly [string, "secrets" | "configMaps"])[],
  limits: Limits,
  siteName: string | undefined,
): void {
  for (const [field, shared] of kinds) {
    if (member(source.value, field) === undefined) continue;
    const reference = locatedMember(source, field);
    const name = member(reference.value, "name");
    if (ownsReference(siteName, name, limits.references[shared])) continue;
    report({
      path: reference.at("name"),
      value: name,
      allowed: describeOwned(siteName, limits.references[shared]),
    });
  }
}
