import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { createApiClient } from "./api-client.ts";
import { type Binaries, ensureBinaries } from "./build.ts";
import { createClusterObjects } from "./cluster-objects.ts";
import {
  type ComponentSettings,
  type ControllerSpeed,
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  schedulerArguments,
  stateFile,
} from "./component-arguments.ts";
import {
  type ComponentName,
  type ComponentProcesses,
  createComponentProcesses,
} from "./component-processes.ts";
import type { ControlPlaneAccess } from "./control-plane-access.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { freePorts } from "./free-ports.ts";
import { apiServerReady, controllersReady, nodesReady } from "./readiness.ts";
import { type Tokens, createTokens, tokenFile, writeKubeconfig, writeServiceAccountKey } from "./users.ts";

export interface ControlPlaneOptions {
  controllers: ControllerSpeed;
  /** The state directory: new, or empty. One in the system's temporary folder by default. Removed at the end. */
  directory?: string;
  /** Keep an audit log: JSON lines, one or more a request (see audit-policy.yaml). */
  auditLog?: boolean;
  /** How many fake nodes; 1 by default, with room for 100,000 pods. */
  nodes?: number;
  /** Controllers that shall not run, by kube-controller-manager's names for them (`deployment-controller`). */
  controllersOff?: readonly string[];
  /** The API server's port on 127.0.0.1; a free one by default. */
  port?: number;
  /** Takes lines of progress, and word of a component that ends unasked; stderr by default. */
  report?: (line: string) => void;
}

/** A running control plane. */
export interface ControlPlane extends ControlPlaneAccess {
  /** The process ids, of the components that run now. */
  processIds(): ReadonlyMap<ComponentName, number>;
  /** Ends the API server as a node's shutdown would (SIGTERM, and SIGKILL three seconds later). */
  stopApiServer(): Promise<void>;
  /** Ends the API server in the middle of whatever it does (SIGKILL). */
  killApiServer(): Promise<void>;
  /** Starts it again, on the same port with the same data, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends everything and removes the state directory. */
  stop(): Promise<void>;
}

/**
 * Starts a Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager and kube-scheduler,
 * all of them real, and kwok as the kubelet of fake nodes. Builds the programs first if need be.
 *
 * Its processes and its directory are gone when this process ends, in whatever way it ends.
 *
 * @throws ControlPlaneError, in words for a person: those of ensureBinaries; the directory is in use; a component
 * ended during the start, with the last lines of its log.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const report = options.report ?? ((line) => process.stderr.write(`${line}\n`));
  const binaries = await ensureBinaries({ report });
  const directory = await createStateDirectory(options.directory);
  const processes = createComponentProcesses(directory, binaries);
  try {
    const settings = await chooseSettings(options, directory);
    const tokens = await writeCredentials(directory);
    const access = await startComponents(processes, settings, tokens, binaries, options.nodes ?? 1);
    await writeFile(stateFile(directory, "control-plane.json"), JSON.stringify(access, undefined, 2), {
      mode: 0o600,
    });
    processes.reportEndings(report);
    return {
      ...access,
      processIds: () => processes.ids(),
      stopApiServer: async () => await processes.end("kube-apiserver", "SIGTERM"),
      killApiServer: async () => await processes.end("kube-apiserver", "SIGKILL"),
      startApiServer: () => startApiServer(processes, settings, tokens),
      stop: async () => await processes.close(),
    };
  } catch (error) {
    await processes.close();
    throw error;
  }
}

async function createStateDirectory(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) {
    return await mkdtemp(path.join(tmpdir(), "subscribie-control-plane-"));
  }
  const directory = path.resolve(wanted);
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    // It is removed at the end, so it must not hold anything of somebody's.
    throw new ControlPlaneError(`${directory} is not empty: name a new directory, or remove this one.`);
  }
  return directory;
}

async function chooseSettings(options: ControlPlaneOptions, directory: string): Promise<ComponentSettings> {
  const [freePort, etcdPort, etcdPeerPort] = await freePorts();
  return {
    directory,
    apiServerPort: options.port ?? freePort,
    etcdPort,
    etcdPeerPort,
    controllers: options.controllers,
    controllersOff: options.controllersOff ?? [],
    auditLog: options.auditLog ?? false,
  };
}

async function writeCredentials(directory: string): Promise<Tokens> {
  const tokens = createTokens();
  await writeFile(stateFile(directory, "tokens.csv"), tokenFile(tokens), { mode: 0o600 });
  await writeServiceAccountKey(stateFile(directory, "service-account.key"));
  return tokens;
}

async function startComponents(
  processes: ComponentProcesses,
  settings: ComponentSettings,
  tokens: Tokens,
  binaries: Binaries,
  nodes: number,
): Promise<ControlPlaneAccess> {
  const { directory } = settings;
  await processes.start("etcd", etcdArguments(settings));
  await startApiServer(processes, settings, tokens);
  const certificateAuthority = await signerOf(stateFile(directory, "certificates/apiserver.crt"));
  await writeFile(stateFile(directory, "certificate-authority.crt"), certificateAuthority);

  const server = serverOf(settings);
  const kubeconfig = async (user: keyof Tokens): Promise<string> =>
    await writeKubeconfig(directory, user, { server, certificateAuthority, token: tokens[user] });
  const controllerManager = await kubeconfig("system:kube-controller-manager");
  await processes.start("kube-controller-manager", controllerManagerArguments(settings, controllerManager));
  await processes.start(
    "kube-scheduler",
    schedulerArguments(settings, await kubeconfig("system:kube-scheduler")),
  );
  await processes.start("kwok", kwokArguments(await kubeconfig("kwok")));

  const client = createApiClient({ server, certificateAuthority, token: tokens.admin });
  try {
    await createClusterObjects(client, nodes);
    await processes.whileRunning(async (signal) => {
      await nodesReady(client, signal);
      await controllersReady(client, signal);
    });
  } finally {
    client.close();
  }
  const kubeconfigs = {
    admin: await kubeconfig("admin"),
    operator: await kubeconfig("operator"),
    "second-operator": await kubeconfig("second-operator"),
    stranger: await kubeconfig("stranger"),
  };
  return {
    kubeconfig: kubeconfigs.admin,
    kubeconfigs,
    server,
    token: tokens.admin,
    certificateAuthority,
    directory,
    binaries,
    auditLog: settings.auditLog ? stateFile(directory, "audit.log") : null,
  };
}

/** @returns the last certificate of a PEM chain: the authority's, after the one that it signed. */
async function signerOf(chain: string): Promise<string> {
  const certificates = (await readFile(chain, "utf8")).match(
    /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g,
  );
  const signer = certificates?.at(-1);
  if (signer === undefined) {
    throw new ControlPlaneError(`${chain}, which kube-apiserver wrote, holds no certificate.`);
  }
  return signer;
}

async function startApiServer(
  processes: ComponentProcesses,
  settings: ComponentSettings,
  tokens: Tokens,
): Promise<void> {
  await processes.start("kube-apiserver", apiServerArguments(settings));
  const certificate = stateFile(settings.directory, "certificates/apiserver.crt");
  await processes.whileRunning(
    async (signal) => await apiServerReady(serverOf(settings), certificate, tokens.admin, signal),
  );
}

function serverOf(settings: ComponentSettings): string {
  return `https://127.0.0.1:${settings.apiServerPort}`;
}
