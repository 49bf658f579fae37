import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import * as z from "zod";
import type { ControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import { runKubectl } from "../control-plane/kubectl.ts";

/*
 * A kubelet's work for one container of ours, since the test control plane's nodes run nothing: the program runs as a
 * process of this machine with the arguments, the environment, the files and the service account that its Deployment
 * gives it.
 */

const deploymentSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean(),
        containers: z.array(
          z.object({
            command: z.array(z.string()),
            args: z.array(z.string()),
            env: z
              .array(
                z.object({
                  name: z.string(),
                  value: z.string().optional(),
                  valueFrom: z
                    .object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) })
                    .optional(),
                }),
              )
              .default([]),
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
          }),
        ),
        volumes: z.array(
          z.object({
            name: z.string(),
            configMap: z.object({ name: z.string() }).optional(),
            secret: z.object({ secretName: z.string() }).optional(),
          }),
        ),
      }),
    }),
  }),
});

type Pod = z.infer<typeof deploymentSchema>["spec"]["template"]["spec"];

const configMapSchema = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** The image's files lie in /app. */
const imageDirectory = "/app/";
const checkout = fileURLToPath(new URL("../../", import.meta.url));

export interface PodProcess {
  readonly process: ChildProcess;
  /** The port that the webhook says it serves on; undefined until it does. */
  readonly port: () => number | undefined;
  /** What it wrote so far, to both outputs. */
  readonly output: () => string;
  /** Brings the mounted files up to what the cluster has, as the kubelet does within a minute. */
  readonly syncVolumes: () => Promise<void>;
  /** Ends it as the kubelet does, and waits for it. */
  readonly stop: () => Promise<void>;
}

/** Runs the one container of a Deployment's pods. */
export async function startPodProcess(
  controlPlane: ControlPlaneAccess,
  namespace: string,
  deployment: string,
): Promise<PodProcess> {
  const get = async (kind: string, name: string): Promise<unknown> => {
    const { stdout, stderr } = await runKubectl(controlPlane, [
      "get",
      "-n",
      namespace,
      kind,
      name,
      "-o",
      "json",
    ]);
    if (stderr !== "") throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const pod = deploymentSchema.parse(await get("deployment", deployment)).spec.template.spec;
  const [container] = pod.containers;
  if (container === undefined) throw new Error(`${deployment} has no container`);
  const directory = await mkdtemp(path.join(tmpdir(), "subscribie-pod-"));

  let generation = 0;
  async function syncVolumes(): Promise<void> {
    generation += 1;
    for (const volume of pod.volumes) {
      const files = await filesOf(volume, get);
      const target = path.join(directory, volume.name);
      // All of a volume's files change at once, as the kubelet has it: they are in a folder that a link leads to.
      const folder = `${target}.${generation}`;
      await mkdir(folder);
      await Promise.all(
        Object.entries(files).map(([name, content]) => writeFile(path.join(folder, name), content)),
      );
      await symlink(folder, `${folder}.link`);
      await rename(`${folder}.link`, target);
    }
  }

  /** A path of the container as it is here. */
  function here(text: string): string {
    const mounted = container?.volumeMounts.reduce(
      (changed, { name, mountPath }) => changed.replace(`${mountPath}/`, `${path.join(directory, name)}/`),
      text,
    );
    return (mounted ?? text).replace(imageDirectory, checkout);
  }

  await syncVolumes();
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env) {
    const { secretKeyRef } = valueFrom ?? {};
    const secret =
      secretKeyRef === undefined
        ? undefined
        : (await filesOf({ secret: { secretName: secretKeyRef.name } }, get))[secretKeyRef.key];
    environment[name] = here(value ?? secret?.toString("utf8") ?? "");
  }
  if (pod.automountServiceAccountToken) {
    environment["KUBECONFIG"] = await writeAccount(controlPlane, namespace, pod, directory);
  }
  const [, ...command] = container.command;
  const child = spawn(process.execPath, [...command, ...container.args].map(here), {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  }
  const closed = once(child, "close");
  return {
    process: child,
    output: () => chunks.join(""),
    port() {
      const found = /"port":(\d+).*"msg":"serving"/.exec(chunks.join(""));
      return found === null ? undefined : Number(found[1]);
    },
    syncVolumes,
    async stop() {
      child.kill("SIGTERM");
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function filesOf(
  volume: { configMap?: { name: string } | undefined; secret?: { secretName: string } | undefined },
  get: (kind: string, name: string) => Promise<unknown>,
): Promise<Readonly<Record<string, Buffer>>> {
  const [kind, name] =
    volume.configMap === undefined
      ? (["secret", volume.secret?.secretName ?? ""] as const)
      : (["configmap", volume.configMap.name] as const);
  const { data } = configMapSchema.parse(await get(kind, name));
  const encoding = kind === "secret" ? "base64" : "utf8";
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, encoding)]));
}

/** A kubeconfig in place of the token that the kubelet would mount. @returns its path */
async function writeAccount(
  controlPlane: ControlPlaneAccess,
  namespace: string,
  pod: Pod,
  directory: string,
): Promise<string> {
  const token = await runKubectl(controlPlane, ["create", "token", "-n", namespace, pod.serviceAccountName]);
  const cluster = {
    server: controlPlane.server,
    "certificate-authority-data": Buffer.from(controlPlane.certificateAuthority).toString("base64"),
  };
  const file = path.join(directory, "kubeconfig");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster }],
    users: [{ name: "account", user: { token: token.stdout.trim() } }],
    contexts: [{ name: "pod", context: { cluster: "cluster", user: "account", namespace } }],
    "current-context": "pod",
  };
  await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
  return file;
}
