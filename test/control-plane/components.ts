import { readFileSync } from "node:fs";
import path from "node:path";

/** The programs that a control plane runs, and the two clients that tests run against it. */
export type Component =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "etcd"
  | "kwok"
  | "helm";

/** What every control plane needs. helm is built only for the tests that ask for it. */
export const controlPlaneComponents: readonly Component[] = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "etcd",
  "kwok",
];

/** One program's recipe: the folder (beside this file) whose go.mod pins it, its Go package, and linker values. */
export interface Recipe {
  module: string;
  package: string;
  /** `-X` values of the linker, as `name=value`. */
  variables: readonly string[];
}

const here = import.meta.dirname;

/** The folder that holds a module's go.mod and go.sum. */
export function moduleDirectory(module: string): string {
  return path.join(here, module);
}

/** The folders with a go.mod, each a dependency graph of its own: etcd's and Kubernetes' do not fit together in one. */
export const modules: readonly string[] = ["etcd", "helm", "kubernetes", "kwok"];

/**
 * The version numbers that a Kubernetes release stamps into its programs. Without them the API server calls itself
 * v0.0.0-master, which kubectl and client libraries cannot compare with their own version.
 */
function kubernetesVersionVariables(): string[] {
  const goMod = readFileSync(path.join(moduleDirectory("kubernetes"), "go.mod"), "utf8");
  const version = /^\s*(?:require )?k8s\.io\/kubernetes v(\d+)\.(\d+)\.\S+/m.exec(goMod);
  if (!version) {
    throw new Error("kubernetes/go.mod requires no version of k8s.io/kubernetes");
  }
  const [, major, minor] = version;
  const gitVersion = version[0].trim().split(" ").at(-1);
  // kubectl reports client-go's copy of the same variables.
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((name) => [
    `${name}.gitVersion=${gitVersion}`,
    `${name}.gitMajor=${major}`,
    `${name}.gitMinor=${minor}`,
  ]);
}

/** How each program is built. */
export function recipeOf(component: Component): Recipe {
  switch (component) {
    case "etcd":
      return { module: "etcd", package: "go.etcd.io/etcd/server/v3", variables: [] };
    case "kwok":
      return { module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", variables: [] };
    case "helm":
      return { module: "helm", package: "helm.sh/helm/v4/cmd/helm", variables: [] };
    default:
      return {
        module: "kubernetes",
        package: `k8s.io/kubernetes/cmd/${component}`,
        variables: kubernetesVersionVariables(),
      };
  }
}
