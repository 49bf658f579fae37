import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

const credentialName = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_|$)/i;

export const envCredentials: PodCheck = {
  id: "env-credentials",
  title: "Credentials in plain sight",
  what: "A variable that is called a password, token or key takes its value from a Secret.",
  why: "A Deployment is readable by many, kept in every old ReplicaSet, and printed by kubectl.",
  source: "OWASP Kubernetes Top Ten: secrets management",
  mode: "warn",
  scope: "pod",
  limit: () => "valueFrom.secretKeyRef",
  find(report, pod) {
    for (const { variables } of pod.environments) {
      for (const { value: variable, path } of variables) {
        const name = member(variable, "name");
        const value = member(variable, "value");
        if (typeof name !== "string" || typeof value !== "string" || value === "") continue;
        if (!credentialName.test(name.slice(0, 256))) continue;
        // The value itself is what must not be shown.
        report({
          path: [...path, "value"],
          value,
          found: "a literal value",
          allowed: "valueFrom.secretKeyRef",
        });
      }
    }
  },
};
