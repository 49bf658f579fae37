import { readServerVersion } from "../server-version.ts";
import { version } from "../version.ts";
import type { Examination, Finding } from "./diagnosis.ts";

const oldestMinor = 34;

/** The versions that have to fit together. */
export const versions: Examination = {
  check: "versions",
  async examine({ client, io }) {
    const server = await readServerVersion(client, io.signal);
    return {
      summary: `plugin v${version}, Node.js ${process.version}, API server ${server}`,
      findings: judgeServer(server),
    };
  },
};

/** @param server its version, such as `v1.34.1` or `v1.34.1-gke.5` */
export function judgeServer(server: string): readonly Finding[] {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(server) ?? [];
  const isOld = Number(major) < 1 || (major === "1" && Number(minor) < oldestMinor);
  if (!isOld) return [];
  return [
    {
      message: `the API server is ${server}; what was tested is v1.${oldestMinor} and newer`,
      fix: "upgrade the cluster",
    },
  ];
}
