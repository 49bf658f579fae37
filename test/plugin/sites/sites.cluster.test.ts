import { once } from "node:events";
import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../plugin/run.ts";
import { createSites, waitForSites } from "../../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";
import { memoryIo } from "../memory-io.ts";

let shops: string;
let empty: string;

beforeAll(async () => {
  shops = await createTestNamespace("sites");
  empty = await createTestNamespace("sites");
  const names = [
    ...(await createSites(client, shops, 2, { prefix: "soap" })),
    ...(await createSites(client, shops, 1, { prefix: "veg", image: "ghcr.io/subscribie/subscribie:v0.9" })),
  ];
  await waitForSites(client, shops, names, AbortSignal.timeout(120_000));
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: "veg-00001",
      namespace: shops,
      labels: { subscribie: "site", "site-name": "veg-00001" },
    },
    spec: {
      tls: [{ hosts: ["veg.example"], secretName: "tls" }],
      rules: [
        {
          host: "veg.example",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "veg-00001", port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  };
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(ingress) });
});

async function sites(args: readonly string[], user: "admin" | "stranger" = "admin") {
  const { io, written } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfigs[user] }, now: Date.now });
  const code = await run(["sites", ...args], io);
  return { code, ...(await written()) };
}

/** A table's cells, without the last column, which is a moving age. */
function cells(table: string): string[][] {
  return table
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {3,}/).slice(0, -1));
}

describe("sites", () => {
  it("shows version, readiness, address and last rollout", async () => {
    const { code, stdout } = await sites(["-n", shops]);
    expect(code).toBe(0);
    expect(cells(stdout)).toEqual([
      ["NAME", "VERSION", "READY", "URL", "ROLLOUT"],
      ["soap-00001", "v0.10", "1/1", "<none>", "<none>"],
      ["soap-00002", "v0.10", "1/1", "<none>", "<none>"],
      ["veg-00001", "v0.9", "1/1", "https://veg.example", "<none>"],
    ]);
  });

  it("says with -o wide what the limits would refuse today", async () => {
    const { stdout } = await sites(["-n", shops, "veg-00001", "-o", "wide"]);
    const [headings = [], row = []] = cells(stdout);
    expect(headings.slice(5)).toEqual(["LIMITS", "IMAGE"]);
    expect(row.slice(5)).toEqual(["resources-required and 1 more", "ghcr.io/subscribie/subscribie:v0.9"]);
  });

  it("prints for programs what it shows, and the controls that would refuse", async () => {
    const { stdout } = await sites(["-n", shops, "veg-00001", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({
      sites: [
        {
          namespace: shops,
          name: "veg-00001",
          version: "v0.9",
          image: "ghcr.io/subscribie/subscribie:v0.9",
          ready: 1,
          replicas: 1,
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
          url: "https://veg.example",
          held: false,
          paused: false,
          withinLimits: false,
          violations: ["resources-required", "service-account-token"],
        },
      ],
    });
  });

  it("sorts, selects columns, and leaves the headings out", async () => {
    const columns = "custom-columns=NAME:.name,AT:.url";
    const { stdout } = await sites(["-n", shops, "--sort-by", "version", "--no-headers", "-o", columns]);
    expect(stdout).toBe("veg-00001    https://veg.example\nsoap-00001   <none>\nsoap-00002   <none>\n");
  });

  it.each([
    ["name", "deployment.apps/soap-00001\ndeployment.apps/soap-00002\ndeployment.apps/veg-00001\n"],
    ["jsonpath={.sites[*].name}", "soap-00001 soap-00002 veg-00001"],
  ])("prints -o %s as kubectl would", async (output, text) => {
    expect((await sites(["-n", shops, "-o", output])).stdout).toBe(text);
  });

  it("shows the namespace too with -A, and takes a selector", async () => {
    const { stdout } = await sites(["-A", "-l", "site-name=veg-00001", "--no-headers"]);
    expect(stdout).toContain(`${shops}   veg-00001   v0.9`);
  });

  it("says on stderr that there is none, and succeeds, as kubectl does", async () => {
    expect(await sites(["-n", empty])).toEqual({
      code: 0,
      stdout: "",
      stderr: `No sites found in ${empty} namespace.\n`,
    });
  });

  it("names the site that was meant", async () => {
    const { code, stderr } = await sites(["-n", shops, "veg-0001"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: no site 'veg-0001' in namespace ${shops}; did you mean veg-00001?\n`,
    });
  });

  it("says who may not list what", async () => {
    const { code, stderr } = await sites(["-n", shops], "stranger");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the API server refused: deployments\.apps is forbidden: User "stranger"/);
  });

  it("watches: a site that changes is shown again, and Ctrl-C ends it", async () => {
    const controller = new AbortController();
    const stdout = new PassThrough({ encoding: "utf8" });
    const { io } = memoryIo({
      env: { KUBECONFIG: controlPlane.kubeconfig },
      now: Date.now,
      stdout,
      signal: controller.signal,
    });
    let seen = "";
    stdout.on("data", (text: string) => (seen += text));
    const ended = run(["sites", "-n", shops, "soap-00001", "-w", "-o", "custom-columns=N:.name,H:.held"], io);
    await once(stdout, "data");
    await kubectl(["label", "deployment", "soap-00001", "-n", shops, "subscribie.co.uk/held=true"]);
    while (!seen.includes("true")) await once(stdout, "data");
    expect(seen).toBe("N            H\nsoap-00001   false\nsoap-00001   true\n");
    controller.abort();
    await ended;
    await kubectl(["label", "deployment", "soap-00001", "-n", shops, "subscribie.co.uk/held-"]);
  });

  it("ends its watch when nobody reads it any more", async () => {
    const stdout = new PassThrough();
    const { io } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfig }, stdout });
    const ended = run(["sites", "-n", shops, "-w", "-o", "name"], io);
    await once(stdout, "data");
    stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await ended).toBe(0);
  });
});
