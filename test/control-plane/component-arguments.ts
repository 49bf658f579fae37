import path from "node:path";

/**
 * How fast the controllers go. `default` is a default cluster: 20 requests a second for each controller, so that a
 * few Deployments a second roll. `fast` lifts those limits, and the machine is the limit.
 */
export type ControllerSpeed = "default" | "fast";

/** What the arguments are made of. Ports are on 127.0.0.1. */
export interface ComponentSettings {
  /** The state directory. */
  directory: string;
  apiServerPort: number;
  etcdPort: number;
  etcdPeerPort: number;
  controllers: ControllerSpeed;
  /** Names of controllers that shall not run, as `kube-controller-manager --controllers` knows them. */
  controllersOff: readonly string[];
  auditLog: boolean;
}

/** The file that a control plane keeps at `name` in its state directory. */
export function stateFile(directory: string, name: StateFile): string {
  return path.join(directory, name);
}

type StateFile =
  | "tokens.csv"
  | "service-account.key"
  | "audit.log"
  | "control-plane.json"
  | "certificates/apiserver.crt"
  | "certificate-authority.crt";

/** @returns etcd's arguments; nothing is synced to disk, for nobody misses this data after a power cut. */
export function etcdArguments(settings: ComponentSettings): string[] {
  const client = `http://127.0.0.1:${settings.etcdPort}`;
  const peer = `http://127.0.0.1:${settings.etcdPeerPort}`;
  return [
    `--data-dir=${path.join(settings.directory, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--unsafe-no-fsync",
    // A bench writes ten thousand sites several times over; the default of 2 GB would fill between compactions.
    `--quota-backend-bytes=${8 * 1024 ** 3}`,
    "--log-level=warn",
  ];
}

/** @returns kube-apiserver's arguments. */
export function apiServerArguments(settings: ComponentSettings): string[] {
  const serviceAccountKey = stateFile(settings.directory, "service-account.key");
  return [
    `--etcd-servers=http://127.0.0.1:${settings.etcdPort}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${settings.apiServerPort}`,
    // Unset, the address of the default route is wanted, and a machine without a network has none. The reconciler
    // would publish it as the endpoint of the `kubernetes` Service, which nothing here can reach anyway.
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    // Signs a serving certificate of its own there, once, and finds it again after a restart.
    `--cert-dir=${path.join(settings.directory, "certificates")}`,
    `--token-auth-file=${stateFile(settings.directory, "tokens.csv")}`,
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=RBAC",
    // As kubeadm has it: what privileged pods may not do is for admission to say, not for the API server's validation.
    "--allow-privileged=true",
    // No kubelet mounts tokens, and no controller here lifts the taints of new nodes.
    "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    ...(settings.auditLog
      ? [
          `--audit-policy-file=${path.join(import.meta.dirname, "audit-policy.yaml")}`,
          `--audit-log-path=${stateFile(settings.directory, "audit.log")}`,
          // Never begun anew: whoever counts requests reads on from the place where the log ended before.
          "--audit-log-maxsize=0",
        ]
      : []),
  ];
}

/** @returns kube-controller-manager's arguments. */
export function controllerManagerArguments(settings: ComponentSettings, kubeconfig: string): string[] {
  // No cloud hands out pod ranges, and fake nodes renew no leases.
  const off = ["nodeipam", "nodelifecycle", ...settings.controllersOff];
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=*,${off.map((name) => `-${name}`).join(",")}`,
    `--service-account-private-key-file=${stateFile(settings.directory, "service-account.key")}`,
    `--root-ca-file=${stateFile(settings.directory, "certificate-authority.crt")}`,
    // Each controller acts as itself, so that admission and the audit log see them as on a real cluster.
    "--use-service-account-credentials",
    "--leader-elect=false",
    "--secure-port=0",
    ...(settings.controllers === "fast"
      ? [
          "--kube-api-qps=1000",
          "--kube-api-burst=2000",
          "--concurrent-deployment-syncs=20",
          "--concurrent-replicaset-syncs=20",
        ]
      : []),
  ];
}

/** @returns kube-scheduler's arguments. */
export function schedulerArguments(settings: ComponentSettings, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    ...(settings.controllers === "fast" ? ["--kube-api-qps=500", "--kube-api-burst=1000"] : []),
  ];
}

/** @returns kwok's arguments. */
export function kwokArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--config=${path.join(import.meta.dirname, "kwok-stages.yaml")}`,
    "--manage-all-nodes",
    // kwok's own default has room for 256 pods.
    "--cidr=10.128.0.0/10",
    // Leases are for the node lifecycle controller, which does not run.
    "--node-lease-duration-seconds=0",
  ];
}
