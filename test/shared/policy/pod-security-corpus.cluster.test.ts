import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { parseLimits } from "../../../shared/policy/limits.ts";
import { checks } from "../../../shared/policy/registry.ts";
import { findGo } from "../../control-plane/go-build.ts";
import { runProgram } from "../../control-plane/run-program.ts";

/*
 * Kubernetes' own pods for the Pod Security Standards: each is a minimal pod with one thing wrong, or with what is just
 * allowed. They are in the Go module whose version the test control plane is built with.
 */

const goModule = path.resolve(import.meta.dirname, "../../control-plane/kubernetes");
const moduleName = "k8s.io/pod-security-admission";

const moduleSchema = z.object({ Dir: z.string() });

/** The controls that hold the standards; all others are ours, and say more of these pods. */
const standards: ReadonlySet<string> = new Set(
  checks.filter(({ source }) => source.includes("Pod Security Standards")).map(({ id }) => id),
);

/** Pods that the standards let pass and we do not: see the controls' headers. */
const stricter = new Map([
  ["procmount1.yaml", "/proc stays masked, also in a user namespace"],
  ["base_windows.yaml", "sites are for Linux"],
]);

let corpus: string;

beforeAll(async () => {
  const go = await findGo(process.env);
  const { stdout } = await runProgram(go, ["-C", goModule, "mod", "download", "-json", moduleName]);
  corpus = path.join(moduleSchema.parse(JSON.parse(stdout)).Dir, "test/testdata");
});

/** The standards' controls that a pod of the newest version of a level violates. */
function violationsOf(level: "baseline" | "restricted", verdict: "fail" | "pass"): [string, string[]][] {
  const versions = readdirSync(path.join(corpus, level)).toSorted((left, right) =>
    left.localeCompare(right, "en", { numeric: true }),
  );
  const folder = path.join(corpus, level, versions.at(-1) ?? "", verdict);
  const limits = parseLimits({ podSecurity: level });
  return readdirSync(folder).map((file) => {
    const pod: unknown = parse(readFileSync(path.join(folder, file), "utf8"));
    const { violations } = evaluate(pod, limits, { operation: "CREATE", namespace: "shops", now: 0 });
    return [file, violations.map(({ control }) => control).filter((control) => standards.has(control))];
  });
}

describe.each(["baseline", "restricted"] as const)("the pods of the level %s", (level) => {
  it("are refused, each that the standard refuses", () => {
    const pods = violationsOf(level, "fail");
    expect(pods.length).toBeGreaterThan(10);
    expect(pods.filter(([, controls]) => controls.length === 0)).toEqual([]);
  });

  it("are let pass, each that the standard lets pass, but those about which we are stricter", () => {
    const pods = violationsOf(level, "pass");
    expect(pods.length).toBeGreaterThan(5);
    expect(pods.filter(([file, controls]) => controls.length > 0 && !stricter.has(file))).toEqual([]);
  });
});
