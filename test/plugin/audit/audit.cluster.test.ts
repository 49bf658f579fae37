import { beforeAll, expect, it } from "vitest";
import { run } from "../../../plugin/run.ts";
import { namespaceLabel, namespaceLabelValue } from "../../../shared/site/site-labels.ts";
import { client, controlPlane, createTestNamespace } from "../../control-plane/test-cluster.ts";
import { site } from "../../shared/policy/sample-site.ts";
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
