import { describe, expect, it } from "vitest";
import type { ControlId } from "../../../../shared/policy/control-ids.ts";
import { minimalContainer, site } from "../sample-site.ts";
import { allFindings, evaluateCreate } from "./check-table.ts";

const texts = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const containers = (count: number, fields: object = {}) =>
  texts(count).map((index) => Object.assign(minimalContainer(`c${index}`), fields));
const variables = (count: number, bytes: number) =>
  texts(count).map((index) => ({ name: `V${index.padStart(7, "0")}`, value: "x".repeat(bytes) }));
const volumes = (count: number) => texts(count).map((index) => ({ name: `v${index}`, emptyDir: {} }));
const mounts = (count: number) => texts(count).map((index) => ({ name: "v0", mountPath: `/m${index}` }));
const prefix = (length: number) =>
  `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(length - 192)}`;

/** Of each bound: the control, the object that just keeps it, and the object that just does not. */
const bounds: Readonly<Record<string, readonly [ControlId, unknown, unknown]>> = {
  replicas: ["replicas", site(["spec.replicas", 10]), site(["spec.replicas", 11])],
  "no replicas": ["replicas", site(["spec.replicas", 0]), site(["spec.replicas", -1])],
  "a progress deadline": [
    "rollout-bounds",
    site(["spec.progressDeadlineSeconds", 3600]),
    site(["spec.progressDeadlineSeconds", 3601]),
  ],
  "kept revisions": [
    "rollout-bounds",
    site(["spec.revisionHistoryLimit", 1]),
    site(["spec.revisionHistoryLimit", 0]),
  ],
  "a period of probes": [
    "probe-timing",
    site(["container.readinessProbe.periodSeconds", 2]),
    site(["container.readinessProbe.periodSeconds", 1]),
  ],
  "a probe's timeout": [
    "probe-timing",
    site(["container.readinessProbe.timeoutSeconds", 60]),
    site(["container.readinessProbe.timeoutSeconds", 61]),
  ],
  "a grace period": [
    "termination",
    site(["pod.terminationGracePeriodSeconds", 180]),
    site(["pod.terminationGracePeriodSeconds", 181]),
  ],
  "regular containers": [
    "container-count",
    site(["pod.containers", containers(3)]),
    site(["pod.containers", containers(4)]),
  ],
  "init containers, which are no sidecars": [
    "container-count",
    site(["pod.initContainers", containers(3)]),
    site(["pod.initContainers", containers(4)]),
  ],
  "sidecars, which are no init containers": [
    "container-count",
    site(["pod.initContainers", [...containers(3), ...containers(1, { restartPolicy: "Always" })]]),
    site(["pod.initContainers", containers(2, { restartPolicy: "Always" })]),
  ],
  "ephemeral containers": [
    "container-count",
    site(["pod.ephemeralContainers", containers(1)]),
    site(["pod.ephemeralContainers", containers(2)]),
  ],
  "a container's ports": [
    "ports",
    site(["container.ports", texts(8).map((index) => ({ containerPort: 8000 + Number(index) }))]),
    site(["container.ports", texts(9).map((index) => ({ containerPort: 8000 + Number(index) }))]),
  ],
  "a command's words": ["commands", site(["container.args", texts(64)]), site(["container.args", texts(65)])],
  variables: [
    "env-size",
    site(["container.env", variables(100, 1)]),
    site(["container.env", variables(101, 1)]),
  ],
  "variables in all, names and values": [
    "env-size",
    site(["container.env", variables(8, 4088)]),
    site(["container.env", [...variables(8, 4088), { name: "A", value: "" }]]),
  ],
  volumes: ["volume-count", site(["pod.volumes", volumes(12)]), site(["pod.volumes", volumes(13)])],
  "a container's mounts": [
    "mounts",
    site(["container.volumeMounts", mounts(20)]),
    site(["container.volumeMounts", mounts(21)]),
  ],
  "a scratch volume": [
    "volume-sizes",
    site(["pod.volumes", [{ name: "a", emptyDir: { sizeLimit: "2Gi" } }]]),
    site(["pod.volumes", [{ name: "a", emptyDir: { sizeLimit: "2147483649" } }]]),
  ],
  memory: [
    "resource-bounds",
    site(["container.resources.limits.memory", "2Gi"]),
    site(["container.resources.limits.memory", "2147483649"]),
  ],
  processors: [
    "resource-bounds",
    site(["container.resources.limits.cpu", "2"]),
    site(["container.resources.limits.cpu", "2001m"]),
  ],
  "a label's value": [
    "labels",
    site(["metadata.labels.tier", "a".repeat(63)]),
    site(["metadata.labels.tier", "a".repeat(64)]),
  ],
  "a label's name": [
    "labels",
    site([["metadata", "labels", `a/${"b".repeat(63)}`], ""]),
    site([["metadata", "labels", `a/${"b".repeat(64)}`], ""]),
  ],
  "a label's prefix": [
    "labels",
    site([["metadata", "labels", `${prefix(253)}/a`], ""]),
    site([["metadata", "labels", `${prefix(254)}/a`], ""]),
  ],
};

describe("a bound is kept by what reaches it, and not by one more", () => {
  it.each(Object.entries(bounds))("%s", (_what, [control, kept, exceeded]) => {
    const found = (object: unknown) =>
      allFindings(evaluateCreate(object)).filter((finding) => finding.control === control).length;
    expect([found(kept), found(exceeded)]).toEqual([0, 1]);
  });
});

describe("what is told", () => {
  const messages = (object: unknown) => evaluateCreate(object).violations.map(({ message }) => message);

  it("of two names of one service account is one line, and of two accounts two", () => {
    expect(messages(site(["pod.serviceAccountName", "admin"], ["pod.serviceAccount", "admin"]))).toHaveLength(
      1,
    );
    expect(messages(site(["pod.serviceAccountName", "admin"], ["pod.serviceAccount", "root"]))).toHaveLength(
      2,
    );
  });

  it("is what to write instead", () => {
    expect(messages(site(["pod.automountServiceAccountToken", true]))).toEqual([
      "service-account-token: spec.template.spec.automountServiceAccountToken: found true, allowed false",
    ]);
    expect(messages(site(["container.resources.limits.memory", undefined]))).toEqual([
      expect.stringMatching(/limits\.memory: found nothing, allowed .*2Gi/),
    ]);
    const rules = {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
    };
    expect(messages(site(["pod.affinity.podAffinity", rules]))).toEqual([
      expect.stringMatching(/labelSelector: found nothing, allowed matchLabels with site-name: soap$/),
    ]);
    const silent = { maxSurge: 0 };
    expect(messages(site(["spec.strategy.rollingUpdate", silent]))).toEqual([
      expect.stringMatching(/maxUnavailable: found nothing, which is 1 here, allowed at most 0$/),
    ]);
  });
});
