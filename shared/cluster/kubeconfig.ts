import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { printable } from "../text/printable.ts";
import { readTokenFiles } from "./token-files.ts";

/** kubectl's global flags that choose a cluster, a user and a namespace; they win over the kubeconfig. */
export interface ConnectionFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly "certificate-authority"?: string | undefined;
  readonly "tls-server-name"?: string | undefined;
  readonly "insecure-skip-tls-verify"?: boolean | undefined;
}

/** No usable kubeconfig, or one that lacks what a flag names. */
class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

export interface Connection {
  readonly kubeConfig: KubeConfig;
  /** From `-n`, else the context's, else `default`, as kubectl resolves it. */
  readonly namespace: string;
}

const contextOfFlags = "selected-by-flags";
/** Where the kubelet puts a pod's credentials. */
const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Resolves a connection as kubectl does: `--kubeconfig`, else the files of KUBECONFIG merged, else ~/.kube/config,
 * else the pod's service account; then the flags on top.
 *
 * @param podRoot what stands before the paths of the pod's service account: nothing, in a pod
 */
export function loadConnection(
  flags: ConnectionFlags,
  env: Readonly<Record<string, string | undefined>>,
  podRoot = "",
): Connection {
  const kubeConfig = readKubeConfig(flags, env, podRoot);
  if (flags.context !== undefined) selectContext(kubeConfig, flags.context);
  const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  applyFlags(kubeConfig, flags);
  if (kubeConfig.getCurrentCluster() === null) {
    throw new KubeConfigError(
      "no cluster is configured: set KUBECONFIG, pass --kubeconfig or --context, or run in a pod with a service account",
    );
  }
  return { kubeConfig, namespace: flags.namespace ?? context?.namespace ?? "default" };
}

function readKubeConfig(
  flags: ConnectionFlags,
  env: Readonly<Record<string, string | undefined>>,
  podRoot: string,
): KubeConfig {
  const kubeConfig = new KubeConfig();
  const files = flags.kubeconfig === undefined ? defaultFiles(env) : [flags.kubeconfig];
  try {
    for (const file of files) mergeFirstWins(kubeConfig, file);
    if (files.length === 0 && isInPod(env, podRoot)) kubeConfig.loadFromCluster(podRoot);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KubeConfigError(
      `the kubeconfig cannot be read: ${printable(why)}; check --kubeconfig and KUBECONFIG`,
      { cause: error },
    );
  }
  return kubeConfig;
}

/** As client-go has it: both are there only where the kubelet gave the pod an account. */
function isInPod(env: Readonly<Record<string, string | undefined>>, podRoot: string): boolean {
  const hasAddress = Boolean(env["KUBERNETES_SERVICE_HOST"]) && Boolean(env["KUBERNETES_SERVICE_PORT"]);
  return hasAddress && existsSync(podRoot + serviceAccountToken);
}

/** kubectl skips files of the list that do not exist; so does this. */
function defaultFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const list = env["KUBECONFIG"] ?? "";
  const files =
    list === "" ? [join(env["HOME"] ?? homedir(), ".kube", "config")] : list.split(delimiter).filter(Boolean);
  return files.filter((file) => existsSync(file));
}

/**
 * Adds one file's entries; the first file to set a name or the current context wins, as in kubectl. The client
 * library's own merge throws on a name that occurs twice and lets the last file choose the context.
 */
function mergeFirstWins(into: KubeConfig, file: string): void {
  const next = new KubeConfig();
  next.loadFromFile(file);
  const tokenFiles = readTokenFiles(file);
  for (const cluster of next.clusters ?? []) {
    if (into.getCluster(cluster.name) === null) into.addCluster(cluster);
  }
  for (const user of next.users ?? []) {
    if (into.getUser(user.name) === null) into.addUser(withTokenFile(user, tokenFiles.get(user.name)));
  }
  for (const context of next.contexts ?? []) {
    if (into.getContextObject(context.name) === null) into.addContext(context);
  }
  if (!into.getCurrentContext() && next.getCurrentContext()) into.setCurrentContext(next.getCurrentContext());
}

/** As the client library writes a pod's token file, which it reads again as it changes. */
function withTokenFile(user: User, tokenFile: string | undefined): User {
  if (tokenFile === undefined) return user;
  const { token: _, ...rest } = user;
  return { ...rest, authProvider: { name: "tokenFile", config: { tokenFile } } };
}

function selectContext(kubeConfig: KubeConfig, name: string): void {
  if (kubeConfig.getContextObject(name) === null) {
    const known = kubeConfig.getContexts().map((context) => printable(context.name, 60));
    throw new KubeConfigError(
      `no context '${printable(name, 60)}' in the kubeconfig; it has: ${known.slice(0, 20).join(", ") || "none"}`,
    );
  }
  kubeConfig.setCurrentContext(name);
}

/** Makes a context of its own from the current one and the flags, so that the file's entries stay as they are. */
function applyFlags(kubeConfig: KubeConfig, flags: ConnectionFlags): void {
  const cluster =
    flags.cluster === undefined ? kubeConfig.getCurrentCluster() : kubeConfig.getCluster(flags.cluster);
  if (flags.cluster !== undefined && cluster === null) {
    throw new KubeConfigError(`no cluster '${printable(flags.cluster, 60)}' in the kubeconfig`);
  }
  const user = flags.user === undefined ? kubeConfig.getCurrentUser() : kubeConfig.getUser(flags.user);
  if (flags.user !== undefined && user === null) {
    throw new KubeConfigError(`no user '${printable(flags.user, 60)}' in the kubeconfig`);
  }
  const server = flags.server ?? cluster?.server;
  if (server === undefined) return;
  const certificateAuthority = flags["certificate-authority"];
  const tlsServerName = flags["tls-server-name"];
  const { token } = flags;
  kubeConfig.addCluster({
    ...cluster,
    name: contextOfFlags,
    server,
    skipTLSVerify: flags["insecure-skip-tls-verify"] ?? cluster?.skipTLSVerify ?? false,
    ...(certificateAuthority === undefined ? {} : { caFile: certificateAuthority }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  });
  // Without a user entry the client library would not even apply the cluster's certificate authority.
  // A token that was given wins over whatever else would give one.
  const given = token === undefined ? {} : { token, exec: undefined, authProvider: undefined };
  kubeConfig.addUser({ ...user, name: contextOfFlags, ...given });
  kubeConfig.addContext({ name: contextOfFlags, cluster: contextOfFlags, user: contextOfFlags });
  kubeConfig.setCurrentContext(contextOfFlags);
}
