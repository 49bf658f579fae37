import type { PodCheck } from "../check.ts";
import { listMember, member } from "../json.ts";
import { textBytes } from "../text-bytes.ts";

export const envSize: PodCheck = {
  id: "env-size",
  title: "Size of the environment",
  what: "A container has so many environment variables, of such a size, and no more.",
  why: "Customer text ends up here: unbounded, it fills etcd, every watch and the process's own memory.",
  source: "Kubernetes Admission Control Threat Model (SIG Security): costly objects",
  mode: "deny",
  scope: "pod",
  limit: ({ env: { count, valueBytes, totalBytes } }) =>
    `${count} variables, ${valueBytes} bytes each, ${totalBytes} bytes in all`,
  find(report, pod, limits) {
    const { count, valueBytes, totalBytes } = limits.env;
    for (const { container, variables } of pod.environments) {
      const length =
        listMember(container.value, "env").length + listMember(container.value, "envFrom").length;
      if (length > count) {
        report({
          path: container.at("env"),
          value: length,
          found: `${length} variables and sources`,
          allowed: `at most ${count}`,
        });
        continue;
      }
      let total = 0;
      for (const variable of variables) {
        const value = member(variable.value, "value");
        const bytes = textBytes(value);
        total += bytes + textBytes(member(variable.value, "name"));
        if (bytes <= valueBytes) continue;
        report({
          path: variable.at("value"),
          value,
          found: `${bytes} bytes`,
          allowed: `at most ${valueBytes} bytes`,
        });
      }
      if (total > totalBytes) {
        report({
          path: container.at("env"),
          value: total,
          found: `${total} bytes in all`,
          allowed: `at most ${totalBytes} bytes`,
        });
      }
    }
  },
};
