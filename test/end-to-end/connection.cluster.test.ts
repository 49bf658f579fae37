import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { runKubectl } from "../control-plane/kubectl.ts";
import { type ProgramResult, runProgram } from "../control-plane/run-program.ts";
import { createSites } from "../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace } from "../control-plane/test-cluster.ts";
import { startHttpProxy, startSocksProxy } from "./proxies.ts";

/*
 * The ways to an API server that a kubeconfig can name, by the built plugin: its bundle leaves parts of the Kubernetes
 * client out, and these are the parts that have to be in it.
 */

const program = path.resolve(import.meta.dirname, "../../dist/kubectl-subscribie");

const kubeconfigSchema = z.object({
  clusters: z.tuple([z.looseObject({ cluster: z.looseObject({}) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

let directory: string;
let namespace: string;
let cluster: object;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "subscribie-connection-"));
  namespace = await createTestNamespace("connection");
  await createSites(client, namespace, 1);
  const { stdout } = await runKubectl(controlPlane, ["config", "view", "--raw", "-o", "json"], {
    user: "operator",
  });
  const kubeconfig = kubeconfigSchema.parse(JSON.parse(stdout));
  ({ cluster } = kubeconfig.clusters[0]);
  ({ token } = kubeconfig.users[0].user);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** `sites -o name`, with a kubeconfig of this cluster and this user. */
async function listSites(
  how: { readonly cluster?: object; readonly user?: object },
  flags: readonly string[] = [],
): Promise<ProgramResult> {
  const kubeconfig = path.join(directory, "config");
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { ...cluster, ...how.cluster } }],
      users: [{ name: "u", user: how.user ?? { token } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace } }],
      "current-context": "x",
    }),
  );
  const environment = { ...process.env, KUBECONFIG: kubeconfig };
  return await runProgram(process.execPath, [program, "sites", "-o", "name", ...flags], { environment });
}

const listed = { code: 0, stdout: "deployment.apps/site-00001\n", stderr: "" };

test.each([
  ["an HTTP proxy", startHttpProxy],
  ["a SOCKS5 proxy", startSocksProxy],
])("goes through %s", async (_, start) => {
  const proxy = await start();
  try {
    expect(await listSites({ cluster: { "proxy-url": proxy.url } })).toEqual(listed);
    expect(proxy.connections()).toBeGreaterThan(0);
  } finally {
    proxy.close();
  }
});

test("takes a token from a credential plugin", async () => {
  const command = path.join(directory, "login");
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token },
  };
  await writeFile(command, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`);
  await chmod(command, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" };
  expect(await listSites({ user: { exec } })).toEqual(listed);
});

test("takes a token from a file beside the kubeconfig, rather than the token in it", async () => {
  await writeFile(path.join(directory, "token"), `${token}\n`);
  expect(await listSites({ user: { tokenFile: "token", token: "outdated" } })).toEqual(listed);
});

test("takes the token that is given before all others", async () => {
  await writeFile(path.join(directory, "token"), "outdated");
  const given = await listSites({ user: { tokenFile: "token" } }, ["--token", token]);
  expect(given).toEqual(listed);
});
