import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { matchesName } from "../name-pattern.ts";

/** Names that every shell and language can read. The API itself takes any printable ASCII but "=". */
const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const maximumLength = 256;

export const envNames: PodCheck = {
  id: "env-names",
  title: "Names of variables",
  what: "Variables have usable names, each once per container, and none of the reserved ones.",
  why: "LD_PRELOAD and its like make a program load code of the author's choice; of two variables with one name, readers differ on which counts.",
  source: "ld.so(8); Kubernetes documentation: Define Environment Variables",
  mode: "deny",
  scope: "pod",
  limit: (limits) => `none of ${limits.env.reservedNames.join(", ")}`,
  find(report, pod, limits) {
    const { reservedNames } = limits.env;
    for (const { variables, sources } of pod.environments) {
      const seen = new Set<string>();
      for (const { value: variable, path } of variables) {
        const name = member(variable, "name");
        const field = [...path, "name"];
        if (typeof name !== "string" || name.length > maximumLength || !namePattern.test(name)) {
          report({ path: field, value: name, allowed: "letters, digits, _ . - (at most 256)" });
        } else if (matchesName(name, reservedNames)) {
          report({ path: field, value: name, allowed: "a name that is not reserved" });
        } else if (seen.has(name)) {
          report({ path: field, value: name, allowed: "each name once" });
        } else seen.add(name);
      }
      for (const { value: source, path } of sources) {
        const prefix = member(source, "prefix");
        if (typeof prefix !== "string" || prefix === "" || !couldBecome(prefix, reservedNames)) continue;
        report({ path: [...path, "prefix"], value: prefix, allowed: "a prefix of no reserved name" });
      }
    }
  },
};

/** Whether a prefix and some key could make a reserved name. */
function couldBecome(prefix: string, reservedNames: readonly string[]): boolean {
  return reservedNames.some((pattern) => {
    const beginning = pattern.endsWith("*") ? pattern.slice(0, -1) : pattern;
    return pattern.endsWith("*") && prefix.startsWith(beginning);
  });
}
