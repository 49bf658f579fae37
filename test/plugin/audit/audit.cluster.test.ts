import { beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../../../plugin/run.ts";
import { namespaceLabel, namespaceLabelValue } from "../../../shared/site/site-labels.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";
import { pod, site } from "../../shared/policy/sample-site.ts";
import { memoryIo } from "../memory-io.ts";

let open: string;
let enforced: string;
let empty: string;

async function create(namespace: string, object: unknown): Promise<void> {
  const { status, body } = await client.request("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    body: object,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
}

beforeAll(async () => {
  open = await createTestNamespace("audit");
  enforced = await createTestNamespace("audit", { [namespaceLabel]: namespaceLabelValue });
  empty = await createTestNamespace("audit");
  const unlabelled = site(["metadata", { name: "other" }]);
  for (const namespace of [open, enforced]) {
    await create(namespace, site(["metadata.namespace", namespace]));
    await create(
      namespace,
      site(["metadata.namespace", namespace], ["metadata.name", "bad"], ["container.image", "nginx:1"]),
    );
    await create(namespace, unlabelled);
  }
});

async function audit(args: readonly string[], kubeconfig = controlPlane.kubeconfig) {
  const { io, written } = memoryIo({ env: { KUBECONFIG: kubeconfig } });
  const code = await run(["audit", ...args], io);
  return { code, ...(await written()) };
}

it("names what would be refused today among the labelled sites of a namespace", async () => {
  const { code, stdout, stderr } = await audit(["-n", open]);
  expect(code).toBe(1);
  expect(stdout).toContain(`${open}/deployment/soap allowed\n`);
  expect(stdout).toContain(`${open}/deployment/bad refused`);
  expect(stdout).toContain('  image-repository: spec.template.spec.containers[0].image: found "nginx:1"');
  expect(stderr).toBe("2 objects, 1 refused\n");
});

it("looks at every Deployment of an enforced namespace, labelled or not", async () => {
  const { stdout } = await audit(["-n", enforced, "-o", "name"]);
  expect(stdout).toBe(`${enforced}/deployment/bad\n${enforced}/deployment/other\n`);
});

it("looks at named sites only, and at all namespaces with -A", async () => {
  expect((await audit(["-n", open, "soap"])).code).toBe(0);
  const { stdout } = await audit(["-A", "-o", "json"]);
  const found: unknown = JSON.parse(stdout);
  expect(found).toMatchObject({
    results: expect.arrayContaining([expect.objectContaining({ namespace: enforced, name: "other" })]),
  });
});

describe("in an enforced namespace", () => {
  let busy: string;

  beforeAll(async () => {
    busy = await createTestNamespace("audit", { [namespaceLabel]: namespaceLabelValue });
    await create(busy, site(["metadata.namespace", busy]));
    const template = {
      metadata: { labels: { app: "loose" } },
      spec: { restartPolicy: "Never", containers: [{ name: "a", image: "nginx:1" }] },
    };
    const named = { metadata: { name: "loose" } };
    const objects = [
      pod(["metadata", { name: "safe" }]),
      { apiVersion: "v1", kind: "Pod", ...named, spec: template.spec },
      { apiVersion: "batch/v1", kind: "Job", ...named, spec: { template } },
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        ...named,
        spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template } } },
      },
    ];
    await kubectl(["apply", "-n", busy, "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });
    // Until the controllers have made pods of the site and the Job.
    await vi.waitFor(
      async () => {
        const { stdout } = await kubectl(["get", "pods", "-n", busy, "-o", "name"]);
        if (stdout.match(/^pod/gm)?.length !== 4) throw new Error(`there are not four pods yet: ${stdout}`);
      },
      { timeout: 60_000, interval: 200 },
    );
  });

  it("looks at whatever else makes pods, but for what controllers made of it", async () => {
    const { code, stdout } = await audit(["-n", busy]);
    expect(code).toBe(1);
    expect(stdout.match(/^\S+ (?:allowed|refused)/gm)).toEqual([
      `${busy}/deployment/soap allowed`,
      `${busy}/cronjob/loose refused`,
      `${busy}/job/loose refused`,
      `${busy}/pod/loose refused`,
      `${busy}/pod/safe allowed`,
    ]);
  });

  it("looks at sites only where sites are asked for", async () => {
    expect((await audit(["-n", busy, "soap"])).stderr).toBe("1 object, 0 refused\n");
    expect((await audit(["-n", busy, "-l", "site-name=soap"])).stderr).toBe("1 object, 0 refused\n");
  });
});

describe("the limits", () => {
  const chartLimits = async (namespace: string, name: string, text: string) => {
    const labels = {
      "app.kubernetes.io/part-of": "subscribie",
      "app.kubernetes.io/component": "configuration",
    };
    const body = { metadata: { name, labels }, data: { "limits.yaml": text } };
    await client.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body });
  };

  it("are those that the chart gives to the cluster's webhook, unless a file is named", async () => {
    const system = await createTestNamespace("system");
    await chartLimits(system, "ours", "replicas: {maximum: 0}");
    const args = ["-n", open, "soap", "--system-namespace", system];
    const { code, stdout } = await audit(args);
    expect([code, stdout]).toEqual([
      1,
      `${open}/deployment/soap refused, 1 violation\n  replicas: spec.replicas: found 1, allowed 0 to 0\n`,
    ]);
    expect((await audit([...args, "--limits-file", "/dev/null"])).code).toBe(0);
    await chartLimits(system, "theirs", "");
    expect((await audit(args)).stderr).toMatch(
      /^error: .*several charts' limits \(ConfigMaps ours, theirs\)/,
    );
  });

  it("that cannot be used are an error, and those that cannot be read are said to be others", async () => {
    const system = await createTestNamespace("system");
    await chartLimits(system, "ours", "replicas: {maximun: 0}");
    const args = ["-n", open, "soap", "--system-namespace", system];
    expect((await audit(args)).stderr).toMatch(
      new RegExp(`^error: limits.yaml of ConfigMap ${system}/ours cannot be used: replicas`),
    );
    expect((await audit(args, controlPlane.kubeconfigs.stranger)).stderr).toContain(
      `warning: the webhook's limits in namespace ${system} cannot be read, so the built-in ones count`,
    );
  });
});

it("says that there is nothing, or no such site", async () => {
  expect(await audit(["-n", empty])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no sites found"),
  });
  expect(await audit(["-n", open, "ghost"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no site 'ghost'"),
  });
});

it("says what a stranger may not do, in one line", async () => {
  const { code, stderr } = await audit(["-n", open], controlPlane.kubeconfigs.stranger);
  expect(code).toBe(1);
  expect(stderr).toContain("deployments.apps is forbidden");
});
