import type { PodCheck } from "../check.ts";

export const unknownFields: PodCheck = {
  id: "unknown-fields",
  title: "Unknown fields",
  what: "Fields that this version of the policy does not know are named.",
  why: "A field of a newer Kubernetes has no check yet (as sidecars' restartPolicy once had none). They warn, because an API server that fills in new fields by itself would otherwise stop every site.",
  source: "Kubernetes Admission Webhook Good Practices: plan for future fields",
  mode: "warn",
  scope: "pod",
  limit: () => "the fields of Kubernetes 1.37",
  find(report, _pod, _limits, subject) {
    for (const finding of subject.shape().unknown) report(finding);
  },
};
