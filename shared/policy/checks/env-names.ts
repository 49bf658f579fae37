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
      const seen = new Set<unknown>();
      for (const variable of variables) {
        const name = member(variable.value, "name");
        const allowed = allowedInstead(name, seen, reservedNames);
        if (allowed !== undefined) report({ path: variable.at("name"), value: name, allowed });
        seen.add(name);
      }
      for (const source of sources) {
        const prefix = member(source.value, "prefix");
        if (typeof prefix !== "string" || prefix === "" || !couldBecome(prefix, reservedNames)) continue;
        report({ path: source.at("prefix"), value: prefix, allowed: "a prefix of no reserved name" });
      }
    }
  },
};

/** What a variable's name should be; undefined for one that is as it should be. */
function allowedInstead(
  name: unknown,
  seen: ReadonlySet<unknown>,
  reservedNames: readonly string[],
): string | undefined {
  if (typeof name !== "string" || name.length > maximumLength || !namePattern.test(name))
    return "letters, digits, _ . - (at most 256)";
  if (matchesName(name, reservedNames)) return "a name that is not reserved";
  return seen.has(name) ? "each name once" : undefined;
}

/** Whether a prefix and some key could make a reserved name. */
function couldBecome(prefix: string, reservedNames: readonly string[]): boolean {
  return reservedNames.some((pattern) => {
    const beginning = pattern.endsWith("*") ? pattern.slice(0, -1) : pattern;
    return pattern.endsWith("*") && prefix.startsWith(beginning);
  });
}
