import type { PodCheck, Report } from "../check.ts";
import { listMember, member, stringMember } from "../json.ts";
import type { Limits } from "../limits.ts";
import { locatedList } from "../located.ts";
import type { Located } from "../located.ts";

export const mounts: PodCheck = {
  id: "mounts",
  title: "Mounts",
  what: "Mounts are few, lie outside the system's paths, do not climb out of their volume, and are not shared with the node; no raw block devices, no bind options. No working directory is in the system's paths.",
  why: "A mount over /proc or the token's path misleads the program or the runtime; sub-paths with .. and shared mounts have led onto the node.",
  source:
    "CVE-2021-25741, CVE-2017-1002101 (subPath); CVE-2024-21626 (working directory /proc/self/fd/…); Kubernetes documentation: Mount propagation",
  mode: "deny",
  scope: "pod",
  limit: ({ volumes: { mountsPerContainer, forbiddenMountPaths } }) =>
    `${mountsPerContainer} a container, none under ${forbiddenMountPaths.join(", ")}`,
  find(report, { containers }, limits) {
    const maximum = limits.volumes.mountsPerContainer;
    for (const container of containers) {
      findInWorkingDirectory(report, container, limits);
      const count = listMember(container.value, "volumeMounts").length;
      if (count > maximum) {
        const path = container.at("volumeMounts");
        report({ path, value: count, found: `${count} mounts`, allowed: `at most ${maximum}` });
        continue;
      }
      for (const mount of locatedList(container, "volumeMounts")) findInMount(report, mount, limits);
      const devices = listMember(container.value, "volumeDevices");
      if (devices.length > 0) {
        report({
          path: container.at("volumeDevices"),
          value: devices,
          allowed: "no raw block devices",
        });
      }
    }
  },
};

function findInWorkingDirectory(report: Report, container: Located, limits: Limits): void {
  const directory = stringMember(container.value, "workingDir");
  if (directory === undefined || segmentsOf(directory).length === 0) return;
  if (!isForbidden(directory, limits.volumes.forbiddenMountPaths)) return;
  report({ path: container.at("workingDir"), value: directory, allowed: "a path outside the system's own" });
}

function findInMount(report: Report, mount: Located, limits: Limits): void {
  const mountPath = stringMember(mount.value, "mountPath");
  if (mountPath !== undefined && isForbidden(mountPath, limits.volumes.forbiddenMountPaths)) {
    report({ path: mount.at("mountPath"), value: mountPath, allowed: "a path outside the system's own" });
  }
  for (const field of ["subPath", "subPathExpr"] as const) {
    const subPath = stringMember(mount.value, field);
    if (subPath === undefined || !(subPath.startsWith("/") || subPath.split("/").includes(".."))) continue;
    report({ path: mount.at(field), value: subPath, allowed: "a path within the volume" });
  }
  const propagation = member(mount.value, "mountPropagation");
  if (propagation !== undefined && propagation !== "None") {
    report({ path: mount.at("mountPropagation"), value: propagation, allowed: "None" });
  }
  const options = listMember(mount.value, "bindMountOptions");
  if (options.length > 0) report({ path: mount.at("bindMountOptions"), value: options, allowed: "none" });
}

/** Whether a mount's path is one of the forbidden ones, below it, or climbs (`/data/../proc`). */
function isForbidden(mountPath: string, forbidden: readonly string[]): boolean {
  const segments = segmentsOf(mountPath);
  if (segments.length === 0 || segments.includes("..")) return true;
  const normal = `/${segments.join("/")}`;
  return forbidden.some((path) => normal === path || normal.startsWith(`${path}/`));
}

function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}
