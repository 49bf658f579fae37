import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { ensureBinaries } from "../control-plane/build.ts";
import { type ProgramResult, runProgram } from "../control-plane/run-program.ts";

export const chartDirectory = fileURLToPath(new URL("../../charts/subscribie", import.meta.url));

/** helm's own files, kept out of the person's home. */
const home = mkdtempSync(path.join(tmpdir(), "subscribie-helm-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/**
 * Runs helm to its end, whatever its exit code: the pinned one, or another that SUBSCRIBIE_TEST_HELM names (to try a
 * helm 3).
 *
 * @param kubeconfig undefined for commands that need no cluster
 */
export async function runHelm(
  argumentList: readonly string[],
  kubeconfig?: string,
  input?: string,
): Promise<ProgramResult> {
  const helm = process.env["SUBSCRIBIE_TEST_HELM"] ?? (await ensureBinaries({ components: ["helm"] })).helm;
  return await runProgram(helm, argumentList, {
    environment: {
      ...process.env,
      HELM_CACHE_HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_DATA_HOME: home,
      KUBECONFIG: kubeconfig ?? path.join(home, "no-kubeconfig"),
    },
    ...(input !== undefined && { input }),
  });
}

/** Runs helm, and throws unless it succeeds. @returns its stdout */
export async function helm(
  argumentList: readonly string[],
  kubeconfig?: string,
  input?: string,
): Promise<string> {
  const { code, stdout, stderr } = await runHelm(argumentList, kubeconfig, input);
  if (code === 0) return stdout;
  throw new Error(`helm ${argumentList.join(" ")} ended with ${code}: ${stderr}`);
}
