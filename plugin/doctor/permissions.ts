import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { isAllowed, type Permission as NamespacedPermission } from "../access.ts";

/** `verb group/resource`, as `kubectl auth can-i` would be asked; the core group has no name. */
type Permission = `${string} ${string}`;

const readSites = ["get apps/deployments", "list apps/deployments"] as const;
const changeSites = [...readSites, "watch apps/deployments", "patch apps/deployments"] as const;
const records = ["get configmaps", "list configmaps"] as const;
const pods = ["list apps/replicasets", "list pods"] as const;
const rollout = [
  ...changeSites,
  ...pods,
  ...records,
  "create configmaps",
  "patch configmaps",
  "watch configmaps",
  "get coordination.k8s.io/leases",
  "create coordination.k8s.io/leases",
  "update coordination.k8s.io/leases",
] as const;
const siteObjects = [
  "services",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "networking.k8s.io/ingresses",
] as const;

/** What each command needs in the namespace that it works on. */
export const commandPermissions: Readonly<Record<string, readonly Permission[]>> = {
  sites: readSites,
  deploy: [
    ...changeSites,
    "create apps/deployments",
    ...siteObjects.flatMap((resource) => [`create ${resource}`, `patch ${resource}`] as const),
    "get secrets",
    "get configmaps",
    "list configmaps",
    "delete configmaps",
  ],
  delete: [
    "list apps/deployments",
    "delete apps/deployments",
    ...siteObjects.map((resource) => `delete ${resource}` as const),
  ],
  upgrade: rollout,
  rollback: rollout,
  restart: rollout,
  resume: rollout,
  status: [...readSites, ...pods, ...records],
  history: records,
  report: ["list apps/deployments", "list configmaps"],
  pause: [...records, "patch configmaps"],
  abort: [
    ...records,
    "patch configmaps",
    "get coordination.k8s.io/leases",
    "update coordination.k8s.io/leases",
  ],
  hold: [...readSites, "patch apps/deployments"],
  audit: readSites,
};

/** What a user may run. */
export interface CommandAccess {
  readonly command: string;
  /** What is missing; empty when the command can be run. */
  readonly missing: readonly string[];
}

/** Asks the API server for each permission once. @param namespace undefined for all of them */
export async function commandAccess(
  client: ApiClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly CommandAccess[]> {
  const all = [...new Set(Object.values(commandPermissions).flat())];
  const allowed = new Set<string>();
  await Promise.all(
    all.map(async (permission) => {
      if (await isAllowed(client, parsePermission(permission, namespace), signal)) allowed.add(permission);
    }),
  );
  return Object.entries(commandPermissions).map(([command, needed]) => ({
    command,
    missing: needed.filter((permission) => !allowed.has(permission)),
  }));
}

/** @param text as the table above has it */
function parsePermission(text: Permission, namespace: string | undefined): NamespacedPermission {
  const [verb = "", path = ""] = text.split(" ");
  const [group = "", resource = ""] = path.includes("/") ? path.split("/") : ["", path];
  return { verb, group, resource, namespace };
}
