import type { TestProject } from "vitest/node";

import { type ControlPlaneAccess, readControlPlaneAccess } from "./control-plane-access.ts";
import { startControlPlane } from "./control-plane.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The control plane that all test files of the run share. */
    controlPlane: ControlPlaneAccess;
  }
}

/**
 * vitest's global set-up: one control plane for all test files of the project, with fast controllers and an audit
 * log, handed to them by `inject("controlPlane")`. A file that stops or slows the API server starts one of its own.
 *
 * With SUBSCRIBIE_TEST_CONTROL_PLANE naming the directory of one that runs already (`main.ts start`), that one is
 * used and nothing is started.
 *
 * @returns the tear-down.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runningAlready = process.env["SUBSCRIBIE_TEST_CONTROL_PLANE"];
  if (runningAlready !== undefined && runningAlready !== "") {
    project.provide("controlPlane", await readControlPlaneAccess(runningAlready));
    return async () => {};
  }
  const controlPlane = await startControlPlane({ controllers: "fast", auditLog: true });
  project.provide("controlPlane", accessOf(controlPlane));
  return () => controlPlane.stop();
}

/** The plain data of a control plane: what is provided is sent to other processes, which functions are not. */
function accessOf(controlPlane: ControlPlaneAccess): ControlPlaneAccess {
  const { kubeconfig, kubeconfigs, server, token, certificateAuthority, directory, binaries, auditLog } =
    controlPlane;
  return { kubeconfig, kubeconfigs, server, token, certificateAuthority, directory, binaries, auditLog };
}
