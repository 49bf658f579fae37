import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

const kubeconfigSchema = z.object({ users: z.array(z.unknown()).nullish() });
/** Entries that are anything else are the client library's to judge. */
const entrySchema = z.object({ name: z.string(), user: z.object({ tokenFile: z.string().min(1) }) });

/**
 * The files that a kubeconfig's users have their tokens in, by the user's name. The client library knows such files
 * in pods only. A path is relative to the kubeconfig, and the file wins over a `token` beside it.
 * Source: k8s.io/client-go tools/clientcmd, api/v1/types.go (AuthInfo) and client_config.go
 */
export function readTokenFiles(kubeconfig: string): ReadonlyMap<string, string> {
  const text = readFileSync(kubeconfig, "utf8");
  const files = new Map<string, string>();
  if (!text.includes("tokenFile")) return files;
  for (const entry of kubeconfigSchema.parse(parse(text)).users ?? []) {
    const { data } = entrySchema.safeParse(entry);
    if (data !== undefined) files.set(data.name, resolve(dirname(kubeconfig), data.user.tokenFile));
  }
  return files;
}
