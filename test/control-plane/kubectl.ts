import path from "node:path";

import type { ControlPlaneAccess } from "./control-plane-access.ts";
import { type ProgramResult, runProgram } from "./run-program.ts";
import type { User } from "./users.ts";

export interface KubectlOptions {
  /** Standard input, for `-f -`. */
  input?: string;
  /** `admin` by default. */
  user?: User;
  signal?: AbortSignal;
}

/** Runs the control plane's own kubectl on it, to its end, whatever its exit code. */
export async function runKubectl(
  controlPlane: ControlPlaneAccess,
  argumentList: readonly string[],
  options: KubectlOptions = {},
): Promise<ProgramResult> {
  return await runProgram(controlPlane.binaries.kubectl, argumentList, {
    environment: kubectlEnvironment(controlPlane, options.user),
    ...(options.input !== undefined && { input: options.input }),
    ...(options.signal && { signal: options.signal }),
  });
}

/**
 * The environment in which kubectl, and a plugin of it, speak to this control plane: KUBECONFIG, kubectl's folder
 * first on the PATH, and kubectl's cache kept out of the person's home.
 */
export function kubectlEnvironment(
  controlPlane: ControlPlaneAccess,
  user: User = "admin",
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [path.dirname(controlPlane.binaries.kubectl), process.env["PATH"]].join(path.delimiter),
    KUBECONFIG: controlPlane.kubeconfigs[user],
    KUBECACHEDIR: path.join(controlPlane.directory, "kubectl-cache"),
  };
}
