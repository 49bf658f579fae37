/** The archives of a release, by the platform names of Node.js and of krew. */
export const releasePlatforms = [
  { os: "linux", arch: "amd64", archive: "kubectl-subscribie-linux-x64.tar.gz" },
  { os: "linux", arch: "arm64", archive: "kubectl-subscribie-linux-arm64.tar.gz" },
  { os: "darwin", arch: "amd64", archive: "kubectl-subscribie-darwin-x64.tar.gz" },
  { os: "darwin", arch: "arm64", archive: "kubectl-subscribie-darwin-arm64.tar.gz" },
  { os: "windows", arch: "amd64", archive: "kubectl-subscribie-windows-x64.zip" },
] as const;

const repository = "https://github.com/subscribie/kubectl-subscribie";

/** The text of a checksums file, as sha256sum writes it, by file name. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split("\n")
      .map((line) => /^([0-9a-f]{64}) [ *](\S+)$/.exec(line))
      .flatMap((match) => (match === null ? [] : [[match[2] ?? "", match[1] ?? ""] as const])),
  );
}

/**
 * The plugin's manifest for the krew index: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
 *
 * @param version without a leading v
 * @param checksums of the release's archives, by file name
 * @throws Error when an archive has none
 */
export function krewManifest(version: string, checksums: ReadonlyMap<string, string>): object {
  return {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "subscribie" },
    spec: {
      version: `v${version}`,
      homepage: repository,
      shortDescription: "Deploy, upgrade and roll back a fleet of sites",
      description:
        "Runs a thousand customised copies of one web application: deploys them from a CouchDB queue, moves the whole\n" +
        "fleet to a new version a few sites first, takes it back exactly, and keeps every site within the operator's\n" +
        "limits. Read more: kubectl subscribie --help\n",
      caveats:
        "For completion of commands, flags, sites and versions, put its program on the PATH:\n" +
        "  kubectl subscribie completion > ~/.local/bin/kubectl_complete-subscribie\n" +
        "  chmod +x ~/.local/bin/kubectl_complete-subscribie\n",
      platforms: releasePlatforms.map(({ os, arch, archive }) => {
        const sha256 = checksums.get(archive);
        if (sha256 === undefined)
          throw new Error(`${archive} has no checksum; is it among the release's files?`);
        return {
          selector: { matchLabels: { os, arch } },
          uri: `${repository}/releases/download/v${version}/${archive}`,
          sha256,
          bin: os === "windows" ? "kubectl-subscribie.exe" : "kubectl-subscribie",
        };
      }),
    },
  };
}
