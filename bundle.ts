import { rolldown, type Plugin } from "rolldown";

/**
 * Bundles programs with all that they import, dependencies too, as CommonJS that stays readable in a stack.
 *
 * @param programs names of the outputs, and the files that they begin with
 * @param whole everything in one file, instead of chunks that are loaded when they are wanted
 */
export async function bundlePrograms(
  programs: Readonly<Record<string, string>>,
  directory: string,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<void> {
  const bundle = await rolldown({
    input: { ...programs },
    cwd: import.meta.dirname,
    platform: "node",
    transform: { target: "node24" },
    treeshake: { moduleSideEffects: (id) => (kubernetesClient.test(id) ? false : undefined) },
    plugins: [leaveOutFetch],
  });
  try {
    await bundle.write({
      dir: directory,
      format: "cjs",
      codeSplitting: !whole,
      minify: { mangle: false, compress: true, codegen: true },
      chunkFileNames: "[name]-[hash].js",
      entryFileNames: "[name].js",
    });
  } finally {
    await bundle.close();
  }
}

/*
 * Of @kubernetes/client-node we use KubeConfig and its credentials, never the typed API (ARCHITECTURE.md, decision 8).
 * It does not say so itself that the rest can be left out: a megabyte of models, and undici, which another megabyte
 * of every command's start went to.
 */
const kubernetesClient = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]/;

const leftOut = "\0undici-left-out";

const leaveOutFetch: Plugin = {
  name: "leave-out-fetch",
  resolveId: (source, importer = "") =>
    source === "undici" && kubernetesClient.test(importer) ? leftOut : null,
  load: (id) =>
    id === leftOut
      ? `function unused() { throw new Error("the typed API client is not bundled"); }
         export { unused as Agent, unused as ProxyAgent, unused as fetch };`
      : null,
};
