import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

const credentialName =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|BEARER|(?:API|ACCESS|ACCOUNT|PRIVATE|SIGNING|ENCRYPTION)_?KEY|CREDENTIALS?)(?:_|$)/i;

/** What no variable is called, but a value may be: a key in PEM, or a URL with a password. */
const credentialValue = /-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/\s:@]*:[^/\s@]+@/;

/** A value is looked at so far. */
const maximumLength = 4096;

export const envCredentials: PodCheck = {
  id: "env-credentials",
  title: "Credentials in plain sight",
  what: "A variable that is called a password, token or key, or holds a private key or a URL with a password, takes its value from a Secret.",
  why: "A Deployment is readable by many, kept in every old ReplicaSet, and printed by kubectl.",
  source: "OWASP Kubernetes Top Ten: secrets management",
  mode: "warn",
  scope: "pod",
  limit: () => "valueFrom.secretKeyRef",
  find(report, pod) {
    for (const { variables } of pod.environments) {
      for (const variable of variables) {
        const name = member(variable.value, "name");
        const value = member(variable.value, "value");
        if (typeof name !== "string" || typeof value !== "string" || value === "") continue;
        const isCredential =
          credentialName.test(name.slice(0, 256)) || credentialValue.test(value.slice(0, maximumLength));
        if (!isCredential) continue;
        // The value itself is what must not be shown.
        report({
          path: variable.at("value"),
          value,
          found: "a literal value",
          allowed: "valueFrom.secretKeyRef",
        });
      }
    }
  },
};
