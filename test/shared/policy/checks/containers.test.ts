import { inEachContainerList, minimalContainer, pod, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

const spec = "spec.template.spec";
const container = `${spec}.containers[0]`;
const lists = [container, `${spec}.initContainers[0]`, `${spec}.ephemeralContainers[0]`] as const;
const many = (count: number, make: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => make(index));

/** Images that are not of ghcr.io/subscribie, though some look like it. */
const foreignImages = [
  "ghcr.io/subscribie-evil/subscribie:v1",
  "ghcr.io.evil.example/subscribie/subscribie:v1",
  "ghcr.io:443/subscribie/subscribie:v1",
  "ghcr.io@evil.example/subscribie/subscribie:v1",
  "evil.example/ghcr.io/subscribie/subscribie:v1",
  "subscribie/subscribie:v1",
  "nginx:1.27",
  "ghcr.io/subscribie/../evil/subscribie:v1",
  "ghcr.io/Subscribie/subscribie:v1",
  "https://ghcr.io/subscribie/subscribie:v1",
  " ghcr.io/subscribie/subscribie:v1",
  "ghcr.io/subscribie/subscribie:v1\nfoo",
  "ghcr.io/subscribie",
  "",
  7,
];

describeControl("image-repository", {
  passing: {
    "the product's image": site(),
    "a digest beside the tag": site([
      "container.image",
      `ghcr.io/subscribie/subscribie:v0.10@sha256:${"a".repeat(64)}`,
    ]),
    "a host in upper case, which is the same host": site([
      "container.image",
      "GHCR.IO/subscribie/subscribie:v1",
    ]),
  },
  failing: {
    ...Object.fromEntries(
      foreignImages.map((image) => [
        JSON.stringify(image),
        [site(["container.image", image]), `${container}.image`] as const,
      ]),
    ),
    ...Object.fromEntries(
      inEachContainerList("image", "nginx:1").map((object, index) => [
        `a foreign image in list ${index}`,
        [object, `${lists[index]}.image`] as const,
      ]),
    ),
    "no image": [site(["container.image", undefined]), `${container}.image`],
    "a foreign image volume": [
      site(["pod.volumes", [{ name: "a", image: { reference: "nginx:1" } }]]),
      `${spec}.volumes[0].image.reference`,
    ],
    "a foreign image of a bare pod": [
      pod(["spec.containers.0.image", "nginx:1"]),
      "spec.containers[0].image",
    ],
  },
});

describeControl("image-repository", {
  limits: { images: { repositories: ["docker.io/library/nginx", "registry.example/*"] } },
  passing: {
    "the short name of a Docker Hub image": site(["container.image", "nginx:1"]),
    "anything below a registry": site(["container.image", "registry.example/a/b/c:1"]),
  },
  failing: {
    "another image of the same user": [site(["container.image", "httpd:1"]), `${container}.image`],
    "the name of the registry with a port": [
      site(["container.image", "registry.example:5000/a:1"]),
      `${container}.image`,
    ],
  },
});

describeControl("image-tag", {
  passing: {
    "a version": site(),
    "a digest without a tag": site([
      "container.image",
      `ghcr.io/subscribie/subscribie@sha256:${"0".repeat(64)}`,
    ]),
  },
  failing: {
    latest: [site(["container.image", "ghcr.io/subscribie/subscribie:latest"]), `${container}.image`],
    "no tag": [site(["container.image", "ghcr.io/subscribie/subscribie"]), `${container}.image`],
  },
});

describeControl("image-tag", {
  limits: { images: { requireDigest: true } },
  passing: {
    "a digest": site(["container.image", `ghcr.io/subscribie/subscribie:v1@sha256:${"0".repeat(64)}`]),
  },
  failing: { "a tag alone": [site(), `${container}.image`] },
});

describeControl("image-pull-policy", {
  passing: { IfNotPresent: site(["container.imagePullPolicy", "IfNotPresent"]) },
  failing: { Never: [site(["container.imagePullPolicy", "Never"]), `${container}.imagePullPolicy`] },
});

describeControl("image-pull-secrets", {
  limits: { images: { pullSecrets: ["registry"] } },
  passing: {
    "the site's own and the shared one": site([
      "pod.imagePullSecrets",
      [{ name: "soap.registry" }, { name: "registry" }],
    ]),
  },
  failing: {
    "another site's": [
      site(["pod.imagePullSecrets", [{ name: "candles.registry" }]]),
      `${spec}.imagePullSecrets[0].name`,
    ],
    "one whose name begins as the site's": [
      site(["pod.imagePullSecrets", [{ name: "soapworks.registry" }]]),
      `${spec}.imagePullSecrets[0].name`,
    ],
  },
});

describeControl("resources-required", {
  passing: {
    "an ephemeral container, which cannot have any": site([
      "pod.ephemeralContainers",
      [{ name: "debug", image: "ghcr.io/subscribie/debug:v1" }],
    ]),
    "resources of the pod as a whole": site(
      ["container.resources", undefined],
      ["pod.resources", { requests: { cpu: "50m" }, limits: { cpu: 1, memory: "1Gi" } }],
    ),
  },
  failing: {
    "no memory, although the pod as a whole has processors": [
      site(["container.resources", undefined], ["pod.resources", { limits: { cpu: 1 } }]),
      `${container}.resources.limits.memory`,
    ],
    "no memory limit": [
      site(["container.resources.limits", { cpu: 1 }]),
      `${container}.resources.limits.memory`,
    ],
    "no resources of an init container": [
      site(["pod.initContainers", [{ name: "a", image: "ghcr.io/subscribie/a:v1" }]]),
      `${spec}.initContainers[0].resources.requests.cpu`,
    ],
    "no resources of a sidecar": [
      site([
        "pod.initContainers",
        [{ name: "a", image: "ghcr.io/subscribie/a:v1", restartPolicy: "Always" }],
      ]),
      `${spec}.initContainers[0].resources.limits.memory`,
    ],
  },
});

describeControl("resource-bounds", {
  passing: {
    "quantities as numbers": site(["container.resources.limits", { cpu: 1, memory: "1e9" }]),
    "exactly the maximum": site(["container.resources.limits.memory", "2048Mi"]),
  },
  failing: {
    "too much memory": [
      site(["container.resources.limits.memory", "2049Mi"]),
      `${container}.resources.limits.memory`,
    ],
    "too much CPU as a number": [
      site(["container.resources.limits.cpu", 2.5]),
      `${container}.resources.limits.cpu`,
    ],
    "too much with an exponent": [
      site(["container.resources.limits.cpu", "1e2"]),
      `${container}.resources.limits.cpu`,
    ],
    "too little": [
      site(["container.resources.limits.memory", "1Ki"]),
      `${container}.resources.limits.memory`,
    ],
    "a negative amount": [
      site(["container.resources.requests.cpu", "-1"]),
      `${container}.resources.requests.cpu`,
    ],
    "more asked for than allowed": [
      site(["container.resources.requests.memory", "512Mi"]),
      `${container}.resources.requests.memory`,
    ],
    "too much for the pod as a whole": [
      site(["pod.resources", { limits: { cpu: "64" } }]),
      `${spec}.resources.limits.cpu`,
    ],
    "too much ephemeral storage": [
      site(["container.resources.limits.ephemeral-storage", "1Ti"]),
      `${container}.resources.limits[ephemeral-storage]`,
    ],
  },
});

describeControl("resource-kinds", {
  passing: {
    "CPU, memory and ephemeral storage": site(["container.resources.limits.ephemeral-storage", "1Gi"]),
  },
  failing: {
    "a GPU": [
      site([["spec", "template", "spec", "containers", 0, "resources", "limits", "nvidia.com/gpu"], 1]),
      `${container}.resources.limits[nvidia.com/gpu]`,
    ],
    "huge pages": [
      site(["container.resources.limits.hugepages-2Mi", "2Mi"]),
      `${container}.resources.limits[hugepages-2Mi]`,
    ],
    "a resource called constructor": [
      site(["container.resources.limits.constructor", "1"]),
      `${container}.resources.limits.constructor`,
    ],
    "a container's claims": [
      site(["container.resources.claims", [{ name: "gpu" }]]),
      `${container}.resources.claims`,
    ],
    "a pod's claims": [
      site(["pod.resourceClaims", [{ name: "gpu", resourceClaimName: "gpu" }]]),
      `${spec}.resourceClaims`,
    ],
  },
});

describeControl("container-count", {
  passing: {
    "three containers": site(["pod.containers", many(3, (index) => minimalContainer(`c${index}`))]),
  },
  failing: {
    "four containers": [
      site(["pod.containers", many(4, (index) => minimalContainer(`c${index}`))]),
      `${spec}.containers`,
    ],
    "two sidecars": [
      site([
        "pod.initContainers",
        many(2, (index) => ({ ...minimalContainer(`c${index}`), restartPolicy: "Always" })),
      ]),
      `${spec}.initContainers`,
    ],
    "two ephemeral containers": [
      site(["pod.ephemeralContainers", many(2, (index) => minimalContainer(`c${index}`))]),
      `${spec}.ephemeralContainers`,
    ],
  },
});

describeControl("container-restarts", {
  passing: {
    "a sidecar": site(["pod.initContainers", [{ ...minimalContainer("a"), restartPolicy: "Always" }]]),
    "the API's default": site(["pod.restartPolicy", "Always"]),
    "a bare pod that ends": pod(["spec.restartPolicy", "Never"]),
  },
  failing: {
    "a site that ends": [site(["pod.restartPolicy", "Never"]), `${spec}.restartPolicy`],
    "restart rules": [
      site(["container.restartPolicyRules", [{ action: "Restart" }]]),
      `${container}.restartPolicyRules`,
    ],
    "a regular container's own policy": [
      site(["container.restartPolicy", "Never"]),
      `${container}.restartPolicy`,
    ],
  },
});

describeControl("commands", {
  passing: {
    "a command": site(["container.command", ["python", "-m", "subscribie"]]),
    "words that only look like a forbidden program": site([
      "container.args",
      ["--chroot", "/sudoers", "pseudo", "--with=sudo.conf"],
    ]),
  },
  failing: {
    "another user's rights": [site(["container.command", ["sudo", "python"]]), `${container}.command`],
    "the node's namespaces, by a path": [
      site(["container.args", ["/usr/bin/nsenter", "--target", "1"]]),
      `${container}.args`,
    ],
    "a forbidden program in a shell's script": [
      site(["container.command", ["sh", "-c", "sleep 1;exec $(unshare -r sh)"]]),
      `${container}.command`,
    ],
    "a forbidden program in a probe": [
      site(["container.livenessProbe.exec.command", ["chroot", "/host"]]),
      `${container}.livenessProbe.exec.command`,
    ],
    "too many arguments": [site(["container.args", many(65, String)]), `${container}.args`],
    "a program as an argument": [
      site(["container.command", ["sh", "-c", "é".repeat(5000)]]),
      `${container}.command`,
    ],
    "a program in a hook": [
      site(["container.lifecycle.postStart.exec.command", ["sh", "-c", "x".repeat(9000)]]),
      `${container}.lifecycle.postStart.exec.command`,
    ],
    "a program in a probe": [
      site(["container.livenessProbe.exec.command", ["x".repeat(9000)]]),
      `${container}.livenessProbe.exec.command`,
    ],
  },
});

describeControl("interactive", {
  passing: {
    "an explicit false": site(["container.tty", false]),
    "an ephemeral container's terminal": site([
      "pod.ephemeralContainers",
      [{ ...minimalContainer("debug"), stdin: true, tty: true }],
    ]),
  },
  failing: {
    "a terminal": [site(["container.tty", true]), `${container}.tty`],
    "standard input": [site(["container.stdin", true]), `${container}.stdin`],
  },
});

describeControl("ports", {
  passing: {
    "eight ports": site(["container.ports", many(8, (index) => ({ containerPort: 8000 + index }))]),
  },
  failing: {
    "nine ports": [
      site(["container.ports", many(9, (index) => ({ containerPort: 8000 + index }))]),
      `${container}.ports`,
    ],
  },
});

describeControl("probe-timing", {
  passing: { "the API's zero": site(["container.readinessProbe.periodSeconds", 0]) },
  failing: {
    "a probe each second": [
      site(["container.readinessProbe.periodSeconds", 1]),
      `${container}.readinessProbe.periodSeconds`,
    ],
    "a probe that waits for minutes": [
      site(["container.livenessProbe", { httpGet: { port: 80 }, timeoutSeconds: 600 }]),
      `${container}.livenessProbe.timeoutSeconds`,
    ],
  },
});
