import { rolldown } from "rolldown";

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
