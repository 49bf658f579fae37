import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { commandPermissions } from "../../plugin/doctor/permissions.ts";
import { everything, find, renderChart } from "../chart/rendered-chart.ts";
import { type AuditedRequest, readAuditLog } from "../control-plane/audit-log.ts";
import type { ProgramResult } from "../control-plane/run-program.ts";
import { createSites, waitForSites } from "../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../control-plane/test-cluster.ts";
import { eventually } from "./eventually.ts";
import { subscribie } from "./plugin.ts";

/*
 * A person who may do what the chart's ClusterRole for operators allows in one namespace, and nothing else, runs every
 * command that it is for. What the API server was asked meanwhile shows whether the role allows too much, and whether
 * doctor's table of permissions tells the truth.
 */

const rulesSchema = z.array(
  z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
);

let namespace: string;
let token: string;
let granted: readonly string[];

/** What was run, when, and what came of it. */
interface Run extends ProgramResult {
  readonly command: string;
  readonly from: number;
  readonly until: number;
}

const runs: Run[] = [];
let requests: readonly AuditedRequest[];

/** `verb group/resource`, as in doctor's table. */
function permissionOf({ verb, objectRef }: AuditedRequest): string {
  const { apiGroup, resource } = objectRef;
  return `${verb} ${apiGroup === "" ? "" : `${apiGroup}/`}${resource}`;
}

async function run(command: string, ...args: readonly string[]): Promise<Run> {
  const from = Date.now();
  const result = await subscribie(namespace, [...command.split(" "), ...args, "--token", token], {
    user: "stranger",
  });
  const done = { ...result, command, from, until: Date.now() };
  runs.push(done);
  return done;
}

const quick = ["--canary", "none", "--soak", "0s"];

beforeAll(async () => {
  namespace = await createTestNamespace("operator", { "subscribie.co.uk/sites": "enforced" });
  const role = find(await renderChart(everything), "ClusterRole", "subscribie-operator");
  const rules = rulesSchema.parse(role["rules"]);
  granted = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => `${verb} ${group === "" ? "" : `${group}/`}${resource}`),
      ),
    ),
  );
  const rbac = "rbac.authorization.k8s.io";
  const items = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "ann", namespace } },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata: { name: "operator", namespace }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name: "operator", namespace },
      roleRef: { apiGroup: rbac, kind: "Role", name: "operator" },
      subjects: [{ kind: "ServiceAccount", name: "ann", namespace }],
    },
  ];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const applied = await kubectl(["apply", "-f", "-"], { input });
  if (applied.code !== 0) throw new Error(applied.stderr);
  token = (await kubectl(["create", "token", "-n", namespace, "ann"])).stdout.trim();
  const names = await createSites(client, namespace, 2);
  await waitForSites(client, namespace, names, AbortSignal.timeout(120_000));
});

test("the role is enough for all that it is for", async () => {
  const site = "site-00001";
  const codes = [
    await run("sites", "-o", "wide"),
    await run("upgrade", "v0.11", ...quick),
    await run("status"),
    await run("history"),
    await run("restart", site, ...quick),
    await run("rollback", "--all"),
    await run("hold", site),
    await run("hold", "--release", site),
    await run("report"),
  ].map(({ command, code, stderr }) => ({ command, code, stderr: code === 0 ? "" : stderr }));
  expect(codes).toEqual(codes.map(({ command }) => ({ command, code: 0, stderr: "" })));

  // One whose image cannot be had, to be looked into; then given up.
  const broken = await run("upgrade", "v0.12-broken", site, "--site-timeout", "3s", ...quick);
  expect(broken.code).toBe(1);
  expect((await run("pause")).stderr).not.toContain("forbidden");
  expect((await run("status", `site/${site}`)).stderr).not.toContain("forbidden");
  expect((await run("abort")).code).toBe(0);
  expect((await run("audit")).stdout).not.toBe("");
});

test("it allows nothing that no command asks for", async () => {
  const isHers = ({ user }: AuditedRequest) => user.username === `system:serviceaccount:${namespace}:ann`;
  const read = async () =>
    (await readAuditLog(controlPlane.auditLog ?? "", { userAgent: "kubectl-subscribie/" })).filter(isHers);
  // A request of the last command is in the log only a moment later.
  await eventually(
    async () =>
      (await read()).some(
        ({ verb, objectRef }) => verb === "list" && objectRef.resource === "replicationcontrollers",
      ),
    true,
  );
  requests = await read();
  const used = new Set(requests.map(permissionOf));
  // Over all namespaces, audit lists them, and rollouts the Leases in them; and records are deleted once there are many.
  expect(granted.filter((permission) => !used.has(permission))).toEqual([
    "list namespaces",
    "delete configmaps",
    "list coordination.k8s.io/leases",
  ]);
  const refused = requests.filter(({ responseStatus }) => responseStatus.code === 403);
  // The webhook's limits, and the records and the Lease of rollouts over all namespaces, are the chart's namespace's.
  expect(
    new Set(refused.map((request) => `${permissionOf(request)} in ${request.objectRef.namespace}`)),
  ).toEqual(
    new Set(["list configmaps in subscribie-system", "get coordination.k8s.io/leases in subscribie-system"]),
  );
});

/** Asked for where it is allowed, and done without where it is not. */
const courtesies = new Set([
  "get namespaces",
  "audit: list pods",
  "audit: list apps/replicasets",
  "list replicationcontrollers",
  "list apps/statefulsets",
  "list apps/daemonsets",
  "list batch/jobs",
  "list batch/cronjobs",
  "create events",
  "list resourcequotas",
  "list networking.k8s.io/ingresses",
  "delete configmaps",
]);

test("doctor's table names what each command asks for", async () => {
  for (const { command, from, until } of runs) {
    const asked = requests
      .filter(({ requestReceivedTimestamp: time }) => Date.parse(time) >= from && Date.parse(time) <= until)
      .filter(({ objectRef }) => objectRef.namespace === namespace)
      .map(permissionOf)
      .filter((permission) => !courtesies.has(permission) && !courtesies.has(`${command}: ${permission}`));
    const unnamed = [...new Set(asked)].filter(
      (permission) => !commandPermissions[command]?.some((named) => named === permission),
    );
    expect({ command, unnamed }).toEqual({ command, unnamed: [] });
  }
});
