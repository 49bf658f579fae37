import { describe, expect, it } from "vitest";
import { applyApiDefaults } from "../../../shared/policy/api-defaults.ts";
import { defaultLimits } from "../../../shared/policy/limits.ts";
import { judgeCreation } from "../../../shared/policy/judge-creation.ts";
import { changed, site } from "./sample-site.ts";
import type { Change } from "./sample-site.ts";

/*
 * What Kubernetes' documentation shows as normal has to pass, once the images and the names are a site's: a policy
 * that cries wolf is switched off. https://kubernetes.io/docs/tasks/ and /concepts/, by the name of the page.
 */

const image = "ghcr.io/subscribie/helper:1.36";
const own = { labelSelector: { matchLabels: { "site-name": "soap" } } };
const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const pages: Readonly<Record<string, readonly Change[]>> = {
  Deployments: [
    ["metadata.labels.app", "nginx"],
    ["container.ports", [{ containerPort: 80 }]],
    ["spec.minReadySeconds", 5],
    ["spec.replicas", 3],
  ],
  "Configure Liveness, Readiness and Startup Probes": [
    [
      "container.livenessProbe",
      { exec: { command: ["cat", "/tmp/healthy"] }, initialDelaySeconds: 5, periodSeconds: 5 },
    ],
    [
      "container.readinessProbe",
      {
        httpGet: { path: "/healthz", port: 8080, httpHeaders: [{ name: "Custom-Header", value: "Awesome" }] },
        initialDelaySeconds: 3,
        periodSeconds: 3,
      },
    ],
    [
      "container.startupProbe",
      { httpGet: { path: "/healthz", port: "http" }, failureThreshold: 30, periodSeconds: 10 },
    ],
    ["container.ports", [{ name: "http", containerPort: 8080 }]],
  ],
  "Configure Liveness, Readiness and Startup Probes (TCP, gRPC)": [
    ["container.readinessProbe", { tcpSocket: { port: 8080 }, initialDelaySeconds: 15, periodSeconds: 10 }],
    ["container.livenessProbe", { grpc: { port: 2379 }, initialDelaySeconds: 10 }],
  ],
  "Attach Handlers to Container Lifecycle Events": [
    [
      "container.lifecycle",
      {
        postStart: {
          exec: { command: ["/bin/sh", "-c", "echo Hello from the postStart handler > /usr/share/message"] },
        },
        preStop: {
          exec: { command: ["/bin/sh", "-c", "nginx -s quit; while killall -0 nginx; do sleep 1; done"] },
        },
      },
    ],
  ],
  "Assign CPU Resources, Assign Memory Resources": [
    [
      "container.resources",
      { limits: { cpu: "1", memory: "200Mi" }, requests: { cpu: "0.5", memory: "100Mi" } },
    ],
    ["container.args", ["-cpus", "2"]],
  ],
  "Configure a Security Context": [
    [
      "pod.securityContext",
      {
        runAsUser: 1000,
        runAsGroup: 3000,
        fsGroup: 2000,
        supplementalGroups: [4000],
        fsGroupChangePolicy: "OnRootMismatch",
      },
    ],
    [
      "container.securityContext",
      { allowPrivilegeEscalation: false, runAsUser: 2000, readOnlyRootFilesystem: true },
    ],
    ["pod.volumes", [{ name: "sec-ctx-vol", emptyDir: {} }]],
    ["container.volumeMounts", [{ name: "sec-ctx-vol", mountPath: "/data/demo" }]],
    ["container.command", ["sh", "-c", "sleep 1h"]],
  ],
  "Pod Security Standards (restricted)": [
    ["pod.securityContext", { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }],
    ["container.securityContext", { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }],
  ],
  "Configure a Pod to Use a ConfigMap, Distribute Credentials Securely Using Secrets": [
    [
      "container.envFrom",
      [{ configMapRef: { name: "soap.config" } }, { prefix: "SECRET_", secretRef: { name: "soap.secrets" } }],
    ],
    [
      "container.env",
      [
        {
          name: "SPECIAL_LEVEL_KEY",
          valueFrom: { configMapKeyRef: { name: "soap.config", key: "special.how" } },
        },
        {
          name: "SECRET_USERNAME",
          valueFrom: { secretKeyRef: { name: "soap.secrets", key: "backend-username" } },
        },
        { name: "GREETING", value: "Warm greetings to" },
        { name: "MESSAGE", value: "$(GREETING) the customers" },
      ],
    ],
    [
      "pod.volumes",
      [
        {
          name: "config",
          configMap: { name: "soap.config", items: [{ key: "game.properties", path: "game.properties" }] },
        },
        { name: "secret", secret: { secretName: "soap.secrets", defaultMode: 0o400, optional: true } },
      ],
    ],
    [
      "container.volumeMounts",
      [
        { name: "config", mountPath: "/etc/config", readOnly: true },
        { name: "secret", mountPath: "/etc/secret", readOnly: true },
      ],
    ],
  ],
  "Expose Pod Information to Containers": [
    [
      "container.env",
      [
        field("MY_NODE_NAME", "spec.nodeName"),
        field("MY_POD_NAME", "metadata.name"),
        field("MY_POD_NAMESPACE", "metadata.namespace"),
        field("MY_POD_IP", "status.podIP"),
        { name: "MY_CPU_LIMIT", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
      ],
    ],
    [
      "pod.volumes",
      [
        {
          name: "podinfo",
          downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
        },
      ],
    ],
    ["container.volumeMounts", [{ name: "podinfo", mountPath: "/etc/podinfo" }]],
  ],
  "Init Containers": [
    [
      "pod.initContainers",
      [
        {
          name: "init-myservice",
          image,
          command: ["sh", "-c", "until nslookup myservice; do echo waiting for myservice; sleep 2; done"],
        },
      ],
    ],
  ],
  "Sidecar Containers": [
    [
      "pod.initContainers",
      [
        {
          name: "logshipper",
          image,
          restartPolicy: "Always",
          command: ["sh", "-c", "tail -F /opt/logs.txt"],
          volumeMounts: [{ name: "data", mountPath: "/opt" }],
        },
      ],
    ],
    ["pod.volumes", [{ name: "data", emptyDir: {} }]],
    ["container.volumeMounts", [{ name: "data", mountPath: "/opt" }]],
  ],
  "Configure a Pod to Use a PersistentVolume for Storage": [
    ["pod.volumes", [{ name: "storage", persistentVolumeClaim: { claimName: "soap" } }]],
    ["container.volumeMounts", [{ name: "storage", mountPath: "/usr/share/nginx/html", subPath: "html" }]],
  ],
  "Volumes (emptyDir in memory)": [
    ["pod.volumes", [{ name: "cache", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } }]],
    ["container.volumeMounts", [{ name: "cache", mountPath: "/cache" }]],
  ],
  "Projected Volumes": [
    [
      "pod.volumes",
      [
        {
          name: "all",
          projected: {
            defaultMode: 0o444,
            sources: [
              {
                secret: {
                  name: "soap.secrets",
                  items: [{ key: "username", path: "my-group/my-username", mode: 0o777 }],
                },
              },
              { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
              { configMap: { name: "soap.config", items: [{ key: "config", path: "my-group/my-config" }] } },
            ],
          },
        },
      ],
    ],
  ],
  "Pod Topology Spread Constraints": [
    [
      "pod.topologySpreadConstraints",
      [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          ...own,
        },
      ],
    ],
  ],
  "Assigning Pods to Nodes (anti-affinity of a site's own pods)": [
    [
      "pod.affinity.podAntiAffinity",
      { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", ...own }] },
    ],
  ],
  "Customizing DNS": [["pod.dnsPolicy", "ClusterFirst"]],
  "Recommended Labels": [
    [["metadata", "labels", "app.kubernetes.io/name"], "mysql"],
    [["metadata", "labels", "app.kubernetes.io/managed-by"], "Helm"],
    [["spec", "template", "metadata", "labels", "app.kubernetes.io/component"], "database"],
    [
      "metadata.annotations",
      { "meta.helm.sh/release-name": "soap", "kubernetes.io/change-cause": "image updated" },
    ],
  ],
  "kubectl apply, kubectl rollout restart, Prometheus": [
    ["metadata.annotations", { "kubectl.kubernetes.io/last-applied-configuration": "{}" }],
    [
      "template.metadata.annotations",
      {
        "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z",
        "prometheus.io/scrape": "true",
        "checksum/config": "abc",
      },
    ],
  ],
};

describe("what Kubernetes' documentation shows as normal passes without a word", () => {
  it.each(Object.entries(pages))("%s", (_page, changes) => {
    const written = site(...changes);
    // As the API server sends it, and as it is written.
    for (const object of [
      written,
      applyApiDefaults(written),
      changed(written, ["metadata.namespace", "shops"]),
    ]) {
      const { violations, warnings } = judgeCreation(object, defaultLimits, { namespace: "shops", now: 0 });
      expect([violations, warnings]).toEqual([[], []]);
    }
  });
});
