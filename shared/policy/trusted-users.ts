import type { Limits } from "./limits.ts";

/**
 * Users whose pods and other workloads are not judged. The built-in controllers only make what an object that was
 * judged asks for, and do not cope with refusals: a Deployment's rollout stops, a lost Pod is not replaced.
 *
 * The names are those of `kube-controller-manager --use-service-account-credentials`, which every usual distribution
 * has on, and of the manager itself where it is off. Sources: k8s.io/kubernetes
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go.
 */
const builtInControllers: ReadonlySet<string> = new Set([
  "system:kube-controller-manager",
  ...[
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "generic-garbage-collector",
    "job-controller",
    "namespace-controller",
    "pod-garbage-collector",
    "replicaset-controller",
    "replication-controller",
    "statefulset-controller",
    "ttl-after-finished-controller",
  ].map((name) => `system:serviceaccount:kube-system:${name}`),
]);

/** Kubelets make mirror pods of their nodes' own manifests. */
const kubeletPrefix = "system:node:";

/** Ready-made exemptions: programs that make short-lived pods beside sites. */
const presets: Readonly<Record<Limits["workloads"]["presets"][number], readonly string[]>> = {
  "cert-manager": ["system:serviceaccount:cert-manager:cert-manager"],
};

/** Whether the pods and workloads of a user are left to him. Never asked about sites or scaling. */
export function isTrustedUser(username: string | undefined, { workloads }: Limits): boolean {
  if (username === undefined) return false;
  if (builtInControllers.has(username) || username.startsWith(kubeletPrefix)) return true;
  return (
    workloads.exemptUsers.includes(username) ||
    workloads.presets.some((name) => presets[name].includes(username))
  );
}
