import path from "node:path";
import * as z from "zod";
import { helm } from "../chart/helm.ts";
import { chartNamespace, sitesNamespace } from "../chart/rendered-chart.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { kubectlEnvironment, runKubectl } from "../control-plane/kubectl.ts";
import { type ProgramResult, runProgram } from "../control-plane/run-program.ts";
import type { User } from "../control-plane/users.ts";

/*
 * The chart's release `subscribie` on a control plane of a test's own, since webhook configurations concern everybody's
 * sites; and what the tests of its life ask of it.
 */

export const releaseName = "subscribie";

interface SiteChange {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly pod?: object;
  readonly replicas?: number;
}

/** A site's manifest, within the limits but for what is changed. */
export function site({ name = "shop", labels = {}, pod = {}, replicas = 1 }: SiteChange = {}): string {
  const selected = { subscribie: "site", "site-name": name };
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: sitesNamespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: selected },
      template: {
        metadata: { labels: selected },
        spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }], ...pod },
      },
    },
  });
}

/** Outside the limits in three ways, none of them among those that the API server's own policy holds. */
export const outside = {
  name: "bad",
  labels: { "site-name": "another" },
  replicas: 9,
  pod: { hostAliases: [{ ip: "10.0.0.1", hostnames: ["couchdb"] }] },
} as const satisfies SiteChange;

const doctorReport = z.object({
  checks: z.array(
    z.object({
      check: z.string(),
      status: z.string(),
      findings: z.array(z.object({ message: z.string(), fix: z.string() })),
    }),
  ),
});

const caBundles = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().optional() }) })),
});

interface DoctorReport {
  readonly code: number | null;
  /** `check: message`. */
  readonly findings: readonly string[];
  /** The checks that could not be looked at. */
  readonly unknown: readonly string[];
  /** Lines of standard error. */
  readonly warnings: readonly string[];
}

/** Ways to speak to it; each asks for the control plane when it is called, for that starts with the tests. */
export function installationOn(controlPlane: () => ControlPlane) {
  async function kubectl(argumentList: readonly string[], input?: string): Promise<ProgramResult> {
    return await runKubectl(controlPlane(), argumentList, input === undefined ? {} : { input });
  }

  async function kubectlJson(...argumentList: readonly string[]): Promise<unknown> {
    const { stdout, stderr } = await kubectl([...argumentList, "-o", "json"]);
    if (stderr !== "") throw new Error(stderr);
    return JSON.parse(stdout);
  }

  async function apply(text: string): Promise<ProgramResult> {
    return await kubectl(["apply", "-f", "-"], text);
  }

  /** helm's `<command> subscribie …` in the chart's namespace. @param values stand on its standard input */
  async function release(command: string, rest: readonly string[], values?: object): Promise<string> {
    const flags = ["--namespace", chartNamespace, ...(values === undefined ? [] : ["--values", "-"])];
    return await helm(
      [command, releaseName, ...rest, ...flags],
      controlPlane().kubeconfig,
      values === undefined ? undefined : JSON.stringify(values),
    );
  }

  /** Of the validating configuration's first entry, in base64. */
  async function readCaBundle(): Promise<string | undefined> {
    const configuration = await kubectlJson("get", "validatingwebhookconfiguration", releaseName);
    return caBundles.parse(configuration).webhooks[0]?.clientConfig.caBundle;
  }

  /** `kubectl subscribie doctor` about the namespace of the sites. */
  async function doctor(user: User = "admin"): Promise<DoctorReport> {
    const { code, stdout, stderr } = await runProgram(
      process.execPath,
      [path.resolve("dist/kubectl-subscribie"), "doctor", "-n", sitesNamespace, "-o", "json"],
      { environment: kubectlEnvironment(controlPlane(), user) },
    );
    const { checks } = doctorReport.parse(JSON.parse(stdout));
    return {
      code,
      findings: checks.flatMap(({ check, findings }) =>
        findings.map(({ message }) => `${check}: ${message}`),
      ),
      unknown: checks.filter(({ status }) => status === "unknown").map(({ check }) => check),
      warnings: stderr.split("\n").filter((line) => line !== ""),
    };
  }

  return { kubectl, kubectlJson, apply, release, readCaBundle, doctor };
}
