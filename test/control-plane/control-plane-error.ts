/**
 * The control plane cannot be built or started, and the message says why and how to mend it. Programs print the
 * message alone: a stack would only show our own code, where nothing is wrong.
 */
export class ControlPlaneError extends Error {
  override readonly name = "ControlPlaneError";
}
