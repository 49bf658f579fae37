import { readFile } from "node:fs/promises";

import * as z from "zod";

import type { ApiServerAccess } from "./api-client.ts";
import { stateFile } from "./component-arguments.ts";
import { ControlPlaneError } from "./control-plane-error.ts";

const controlPlaneAccess = z.object({
  /** Of the user `admin`. */
  kubeconfig: z.string(),
  /** One file for each kind of user: see users.ts. Copy one before changing it, others use it too. */
  kubeconfigs: z.object({
    admin: z.string(),
    operator: z.string(),
    "second-operator": z.string(),
    stranger: z.string(),
  }),
  server: z.string(),
  /** Of the user `admin`. */
  token: z.string(),
  certificateAuthority: z.string(),
  /** The state directory, with each component's log. */
  directory: z.string(),
  /** Absolute paths of the programs; helm's is there only once it was built. */
  binaries: z.object({
    "kube-apiserver": z.string(),
    "kube-controller-manager": z.string(),
    "kube-scheduler": z.string(),
    kubectl: z.string(),
    etcd: z.string(),
    kwok: z.string(),
    helm: z.string(),
  }),
  /** The audit log's path; null without one. */
  auditLog: z.string().nullable(),
});

/** All that a client needs of a running control plane, as plain data that can be handed to another process. */
export type ControlPlaneAccess = Readonly<z.infer<typeof controlPlaneAccess>> & ApiServerAccess;

/**
 * Reads how to reach the control plane whose state is in `directory`.
 * @throws ControlPlaneError when none runs there.
 */
export async function readControlPlaneAccess(directory: string): Promise<ControlPlaneAccess> {
  let text;
  try {
    text = await readFile(stateFile(directory, "control-plane.json"), "utf8");
  } catch (error) {
    throw new ControlPlaneError(
      `No control plane runs in ${directory}: start one with: node test/control-plane/main.ts start --directory ${directory}`,
      { cause: error },
    );
  }
  return controlPlaneAccess.parse(JSON.parse(text));
}
