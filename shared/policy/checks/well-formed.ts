import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const wellFormed: PodCheck = {
  id: "well-formed",
  title: "Well-formed",
  what: "The object is of a version that the API has, every field has the API's type, and there is a container.",
  why: "A field that the checks cannot read is a field that they cannot check.",
  source: "Kubernetes OpenAPI document",
  mode: "deny",
  scope: "pod",
  limit: () => "the API's types",
  find(report, { spec, containers }, _limits, subject) {
    const apiVersion = member(subject.object, "apiVersion");
    if (apiVersion !== undefined && apiVersion !== subject.apiVersion)
      report({ path: ["apiVersion"], value: apiVersion, allowed: subject.apiVersion });
    const { malformed } = subject.shape();
    for (const finding of malformed) report(finding);
    if (malformed.length > 0 || containers.some(({ list }) => list === "containers")) return;
    report({ path: spec.at("containers"), value: undefined, allowed: "at least one container" });
  },
};
