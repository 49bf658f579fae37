import { pod, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

const spec = "spec.template.spec";
const container = `${spec}.containers[0]`;
const volume = (source: unknown) => site(["pod.volumes", [Object.assign({ name: "a" }, source)]]);
const mount = (fields: object) =>
  site(["container.volumeMounts", [{ name: "a", mountPath: "/data", ...fields }]]);
const claimTemplate = (fields: object) =>
  volume({
    ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "1Gi" } }, ...fields } } },
  });

describeControl("volume-types", {
  passing: { "the site's own ConfigMap": volume({ configMap: { name: "soap.config" } }) },
  failing: Object.fromEntries(
    ["gitRepo", "nfs", "csi", "ephemeral", "image", "azureFile", "fc", "constructor", "aTypeYetToCome"].map(
      (type) => [type, [volume({ [type]: {} }), `${spec}.volumes[0].${type}`] as const],
    ),
  ),
});

describeControl("volume-count", {
  passing: {
    "two volumes": site([
      "pod.volumes",
      [
        { name: "a", emptyDir: {} },
        { name: "b", emptyDir: {} },
      ],
    ]),
  },
  failing: {
    "thirteen volumes": [
      site(["pod.volumes", Array.from({ length: 13 }, (_, index) => ({ name: `v${index}`, emptyDir: {} }))]),
      `${spec}.volumes`,
    ],
  },
});

describeControl("volume-sizes", {
  limits: { volumes: { types: ["emptyDir", "ephemeral"] } },
  passing: {
    "an emptyDir on disk, bounded by the container": volume({ emptyDir: {} }),
    "a small one in memory": volume({ emptyDir: { medium: "Memory", sizeLimit: "64Mi" } }),
    "a small claim": claimTemplate({}),
  },
  failing: {
    "a large emptyDir": [volume({ emptyDir: { sizeLimit: "1Ti" } }), `${spec}.volumes[0].emptyDir.sizeLimit`],
    "a boundless one in memory": [
      volume({ emptyDir: { medium: "Memory" } }),
      `${spec}.volumes[0].emptyDir.sizeLimit`,
    ],
    "a zero in memory, which is no bound": [
      volume({ emptyDir: { medium: "Memory", sizeLimit: "0" } }),
      `${spec}.volumes[0].emptyDir.sizeLimit`,
    ],
    "a large claim": [
      claimTemplate({ resources: { requests: { storage: "1Pi" } } }),
      `${spec}.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests.storage`,
    ],
  },
});

describeControl("volume-references", {
  passing: {
    "the site's own": site([
      "pod.volumes",
      [
        { name: "a", persistentVolumeClaim: { claimName: "soap" } },
        { name: "b", secret: { secretName: "soap.secrets" } },
        { name: "c", projected: { sources: [{ configMap: { name: "soap.config" } }, { downwardAPI: {} }] } },
        { name: "d", configMap: { name: "kube-root-ca.crt" } },
      ],
    ]),
  },
  failing: {
    "another site's claim": [
      volume({ persistentVolumeClaim: { claimName: "candles" } }),
      `${spec}.volumes[0].persistentVolumeClaim.claimName`,
    ],
    "another site's Secret": [
      volume({ secret: { secretName: "candles.secrets" } }),
      `${spec}.volumes[0].secret.secretName`,
    ],
    "another site's ConfigMap": [
      volume({ configMap: { name: "candles.config" } }),
      `${spec}.volumes[0].configMap.name`,
    ],
    "another site's Secret, projected": [
      volume({
        projected: {
          sources: [{ secret: { name: "soap.secrets" } }, { secret: { name: "candles.secrets" } }],
        },
      }),
      `${spec}.volumes[0].projected.sources[1].secret.name`,
    ],
    "a bare pod's claim to a site's volume": [
      pod(["spec.volumes", [{ name: "a", persistentVolumeClaim: { claimName: "soap" } }]]),
      "spec.volumes[0].persistentVolumeClaim.claimName",
    ],
  },
});

describeControl("volume-drivers", {
  limits: {
    volumes: { types: ["csi", "ephemeral"], csiDrivers: ["disk.example"], storageClasses: ["slow"] },
  },
  passing: {
    "an allowed driver": volume({ csi: { driver: "disk.example" } }),
    "an allowed class": claimTemplate({ storageClassName: "slow" }),
  },
  failing: {
    "another driver": [volume({ csi: { driver: "host.example" } }), `${spec}.volumes[0].csi.driver`],
    "a driver with a Secret": [
      volume({ csi: { driver: "disk.example", nodePublishSecretRef: { name: "candles.secrets" } } }),
      `${spec}.volumes[0].csi.nodePublishSecretRef`,
    ],
    "another class": [
      claimTemplate({ storageClassName: "fast" }),
      `${spec}.volumes[0].ephemeral.volumeClaimTemplate.spec.storageClassName`,
    ],
    "a copy of another claim": [
      claimTemplate({ dataSource: { kind: "PersistentVolumeClaim", name: "candles" } }),
      `${spec}.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource`,
    ],
  },
});

describeControl("projected-sources", {
  passing: { "the pod's own fields": volume({ projected: { sources: [{ downwardAPI: {} }] } }) },
  failing: {
    "a token": [
      volume({ projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }),
      `${spec}.volumes[0].projected.sources[0].serviceAccountToken`,
    ],
    "a pod certificate": [
      volume({ projected: { sources: [{ podCertificate: { signerName: "a" } }] } }),
      `${spec}.volumes[0].projected.sources[0].podCertificate`,
    ],
    "a trust bundle": [
      volume({ projected: { sources: [{ clusterTrustBundle: { path: "a" } }] } }),
      `${spec}.volumes[0].projected.sources[0].clusterTrustBundle`,
    ],
  },
});

describeControl("mounts", {
  passing: {
    "a path of the site's": mount({ subPath: "uploads/2026", mountPropagation: "None" }),
    "a path that only begins like a system's": mount({ mountPath: "/processed" }),
    "the root as the working directory": site(["container.workingDir", "/"]),
    "a relative working directory": site(["container.workingDir", "app"]),
  },
  failing: {
    "a leaked file descriptor as the working directory": [
      site(["container.workingDir", "/proc/self/fd/8"]),
      `${container}.workingDir`,
    ],
    ...Object.fromEntries(
      [
        "/proc",
        "/proc/sys",
        "/sys/fs",
        "//proc/",
        "/data/../proc",
        "/",
        "/var/run/secrets/kubernetes.io",
        "/./dev",
      ].map((mountPath) => [
        mountPath,
        [mount({ mountPath }), `${container}.volumeMounts[0].mountPath`] as const,
      ]),
    ),
    "a sub-path that climbs": [mount({ subPath: "a/../../etc" }), `${container}.volumeMounts[0].subPath`],
    "an expression that climbs": [
      mount({ subPathExpr: "$(A)/../.." }),
      `${container}.volumeMounts[0].subPathExpr`,
    ],
    "an absolute sub-path": [mount({ subPath: "/etc" }), `${container}.volumeMounts[0].subPath`],
    "a mount shared with the node": [
      mount({ mountPropagation: "Bidirectional" }),
      `${container}.volumeMounts[0].mountPropagation`,
    ],
    "a raw device": [
      site(["container.volumeDevices", [{ name: "a", devicePath: "/dev/xvda" }]]),
      `${container}.volumeDevices`,
    ],
    "bind options": [mount({ bindMountOptions: ["suid"] }), `${container}.volumeMounts[0].bindMountOptions`],
    "twenty-one mounts": [
      site([
        "container.volumeMounts",
        Array.from({ length: 21 }, (_, index) => ({ name: "a", mountPath: `/m${index}` })),
      ]),
      `${container}.volumeMounts`,
    ],
  },
});
