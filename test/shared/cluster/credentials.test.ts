import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printError } from "../../../plugin/print-error.ts";
import { createApiClient } from "../../../shared/cluster/api-client.ts";
import { CredentialsError, UnreachableError } from "../../../shared/cluster/api-error.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import { memoryIo } from "../../plugin/memory-io.ts";
import { scriptedServer } from "./scripted-server.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "credentials-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** What a request ends with when the kubeconfig's user is this one. */
async function failureOf(user: object): Promise<unknown> {
  const kubeconfig = join(directory, "config");
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  const client = createApiClient({ ...loadConnection({ kubeconfig }, {}), userAgent: "cluster-test" });
  return await client.request({ method: "GET", path: "/version" }).catch((error: unknown) => error);
}

async function plugin(script: string): Promise<object> {
  const command = join(directory, "login");
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  return { exec: { apiVersion: "client.authentication.k8s.io/v1", command } };
}

async function printed(error: unknown): Promise<string> {
  const { io, written } = memoryIo();
  expect(printError(error, [], io)).toBe(1);
  return (await written()).stderr;
}

describe("credentials that cannot be had", () => {
  it.each([
    [
      "fails without a word",
      "exit 1",
      /no credentials from the credential plugin .*login: it failed; log in again/,
    ],
    ["says why it fails", 'echo "session expired" >&2; exit 1', /login: session expired; log in again/],
    ["answers something else", "echo hello", /no credentials from .*JSON/],
    ["answers without credentials", "echo '{}'", /no credentials from /],
  ])("are told as such when the plugin %s", async (_, script, line) => {
    const error = await failureOf(await plugin(script));
    expect(error).toBeInstanceOf(CredentialsError);
    const text = await printed(error);
    expect(text).toMatch(line);
    expect(text).not.toContain("a bug");
  });

  it.each([
    ["a plugin that is not there", { exec: { command: "/nonexistent/login" } }],
    [
      "a certificate that is not there",
      { "client-certificate": "/nonexistent/cert", "client-key": "/nonexistent/key" },
    ],
    ["a certificate that is none", { "client-certificate-data": "bm9uZQ==", "client-key-data": "bm9uZQ==" }],
  ])("are told as such for %s", async (_, user) => {
    const error = await failureOf(user);
    expect(error).toBeInstanceOf(CredentialsError);
    expect(await printed(error)).not.toContain("a bug");
  });

  it("may be there at the next attempt, as after an outage", async () => {
    expect(await failureOf(await plugin("exit 1"))).toBeInstanceOf(UnreachableError);
  });
});

describe("a server without TLS", () => {
  it("is asked without any credentials, which everybody on the way could read", async () => {
    const { client, headers } = await scriptedServer(() => ({ status: 200, body: { major: "1" } }));
    const { body } = await client.request({ method: "GET", path: "/version" });
    expect(body).toEqual({ major: "1" });
    expect(headers[0]?.authorization).toBeUndefined();
  });
});
