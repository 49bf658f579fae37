/** The manager of the fields that this plugin sets, in every write. */
export const fieldManager = "kubectl-subscribie";
