import { randomBytes } from "node:crypto";

import { afterAll, inject } from "vitest";

import { createApiClient } from "./api-client.ts";
import type { ControlPlaneAccess } from "./control-plane-access.ts";
import { type KubectlOptions, runKubectl } from "./kubectl.ts";
import type { ProgramResult } from "./run-program.ts";

/** The control plane that all test files of the run share; see global-setup.ts. */
export const controlPlane: ControlPlaneAccess = inject("controlPlane");

/** A raw client of it, as the user `admin`. */
export const client = createApiClient(controlPlane);

const namespaces: string[] = [];

afterAll(async () => {
  // Not waited for: the namespace controller empties them while the next file runs.
  await Promise.all(namespaces.map((name) => client.request("DELETE", `/api/v1/namespaces/${name}`)));
  client.close();
});

/**
 * Creates a namespace of a test's own, `<prefix>-<random>`, and returns its name. It is deleted when the file's tests
 * are done.
 */
export async function createTestNamespace(
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString("hex")}`;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  const response = await client.request("POST", "/api/v1/namespaces", { body });
  if (response.status !== 201) {
    throw new Error(`creating namespace ${name}: ${response.status} ${JSON.stringify(response.body)}`);
  }
  namespaces.push(name);
  return name;
}

/** Runs kubectl on the shared control plane. */
export async function kubectl(
  argumentList: readonly string[],
  options?: KubectlOptions,
): Promise<ProgramResult> {
  return await runKubectl(controlPlane, argumentList, options);
}
