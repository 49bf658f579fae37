import { access, constants, rename, rm } from "node:fs/promises";
import path from "node:path";

import { cacheDirectory, withBuildLock } from "./binary-cache.ts";
import { type Component, controlPlaneComponents } from "./components.ts";
import { findGo, goBuild } from "./go-build.ts";

/** Where each program is: absolute paths. */
export type Binaries = Readonly<Record<Component, string>>;

export interface EnsureBinariesOptions {
  /** What is wanted; the six programs of a control plane unless told otherwise (all but helm). */
  components?: readonly Component[];
  /** Where HOME, PATH, XDG_CACHE_HOME and KUBEBUILDER_ASSETS come from; the process's own environment by default. */
  environment?: NodeJS.ProcessEnv;
  /** Takes each line of progress; stderr by default. */
  report?: (line: string) => void;
}

/**
 * Makes sure that the programs exist, building those that do not, and says where all of them are (a program that was
 * not asked for has a path too, where it will be).
 *
 * A program that lies in the folder that KUBEBUILDER_ASSETS names is used as it is; the folder that envtest fills has
 * etcd, kube-apiserver and kubectl, and the rest is built. The PATH is not searched: a kubectl or an etcd of any age
 * may be there, and a control plane of mixed versions fails in ways that look like our own faults.
 *
 * @throws ControlPlaneError when Go is missing or too old, or when a build fails.
 */
export async function ensureBinaries(options: EnsureBinariesOptions = {}): Promise<Binaries> {
  const environment = options.environment ?? process.env;
  const report = options.report ?? ((line) => process.stderr.write(`${line}\n`));
  const wanted = options.components ?? controlPlaneComponents;
  const cache = await cacheDirectory(environment);
  const binaries = await locate(cache, environment["KUBEBUILDER_ASSETS"]);

  if ((await missing(wanted, binaries)).length > 0) {
    await withBuildLock(
      cache,
      (owner) => report(`Waiting for process ${owner}, which is building into ${cache}`),
      async () => {
        // Looked at again under the lock: whoever held it before may have built them.
        await buildAll(await missing(wanted, binaries), binaries, environment, report);
      },
    );
  }
  return binaries;
}

async function locate(cache: string, assets: string | undefined): Promise<Binaries> {
  const place = async (component: Component): Promise<string> => {
    const given = assets === undefined ? undefined : path.resolve(assets, component);
    return given !== undefined && (await isExecutable(given)) ? given : path.join(cache, component);
  };
  return {
    "kube-apiserver": await place("kube-apiserver"),
    "kube-controller-manager": await place("kube-controller-manager"),
    "kube-scheduler": await place("kube-scheduler"),
    kubectl: await place("kubectl"),
    etcd: await place("etcd"),
    kwok: await place("kwok"),
    helm: await place("helm"),
  };
}

async function missing(wanted: readonly Component[], binaries: Binaries): Promise<Component[]> {
  const absent: Component[] = [];
  for (const component of wanted) {
    if (!(await isExecutable(binaries[component]))) {
      absent.push(component);
    }
  }
  return absent;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function buildAll(
  components: readonly Component[],
  binaries: Binaries,
  environment: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<void> {
  if (components.length === 0) {
    return;
  }
  const go = await findGo(environment);
  const what =
    components.length > 1
      ? "Building a Kubernetes control plane once, about ten minutes on two cores"
      : "Building once";
  for (const [index, component] of components.entries()) {
    report(`${what}: ${component} (${index + 1} of ${components.length}) …`);
    const target = binaries[component];
    const unfinished = `${target}.${process.pid}`;
    try {
      await goBuild({ go, component, output: unfinished, log: `${target}.log`, environment, report });
      await rename(unfinished, target);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
  report(`Built into ${path.dirname(binaries[components[0] ?? "etcd"])}`);
}
