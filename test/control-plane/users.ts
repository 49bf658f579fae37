import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { stringify } from "yaml";

/**
 * Who can speak to a control plane, each with a kubeconfig.
 *
 * - `admin`: in system:masters, which no authorizer and no fairness limit holds back;
 * - `operator`, `second-operator`: may do everything (cluster-admin), and are people all the same: not in
 *   system:masters, so API priority and fairness and every authorization check apply to them;
 * - `stranger`: authenticated, and allowed nothing beyond what every user is; a test binds what it needs.
 */
export type User = "admin" | "operator" | "second-operator" | "stranger";

/** The group of the two operators, bound to cluster-admin. */
export const operatorsGroup = "subscribie:operators";

/** What the control plane's own components authenticate as; the API server's bootstrap policy knows these names. */
type ComponentUser = "system:kube-controller-manager" | "system:kube-scheduler" | "kwok";

const accounts: readonly { user: User | ComponentUser; groups: readonly string[] }[] = [
  { user: "admin", groups: ["system:masters"] },
  { user: "operator", groups: [operatorsGroup] },
  { user: "second-operator", groups: [operatorsGroup] },
  { user: "stranger", groups: [] },
  { user: "system:kube-controller-manager", groups: [] },
  { user: "system:kube-scheduler", groups: [] },
  // kwok plays the kubelet, but wants more than the role of a node: it provisions volumes too.
  { user: "kwok", groups: ["system:masters"] },
];

/** A bearer token for every user. */
export type Tokens = Readonly<Record<User | ComponentUser, string>>;

function token(): string {
  return randomBytes(24).toString("hex");
}

export function createTokens(): Tokens {
  return {
    admin: token(),
    operator: token(),
    "second-operator": token(),
    stranger: token(),
    "system:kube-controller-manager": token(),
    "system:kube-scheduler": token(),
    kwok: token(),
  };
}

/** The lines of kube-apiserver's `--token-auth-file`: token, user, uid, and the groups in one quoted field. */
export function tokenFile(tokens: Tokens): string {
  return accounts
    .map(({ user, groups }) => `${tokens[user]},${user},${user},"${groups.join(",")}"\n`)
    .join("");
}

/**
 * Writes the key that signs service account tokens. The API server and the controller-manager both read the public
 * half from the private key's file.
 */
export async function writeServiceAccountKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(file, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
}

/** Writes one user's kubeconfig and returns its path. */
export async function writeKubeconfig(
  directory: string,
  user: User | ComponentUser,
  access: { server: string; certificateAuthority: string; token: string },
): Promise<string> {
  const file = path.join(directory, `${user.replace(":", "-")}.kubeconfig`);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "test",
        cluster: {
          server: access.server,
          "certificate-authority-data": Buffer.from(access.certificateAuthority).toString("base64"),
        },
      },
    ],
    users: [{ name: user, user: { token: access.token } }],
    contexts: [{ name: "test", context: { cluster: "test", user, namespace: "default" } }],
    "current-context": "test",
  };
  await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
  return file;
}
