import type { ObservedReplicaSet } from "../../../shared/rollout/observed-replica-set.ts";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import type { ReplicaSetIndex } from "../../../shared/rollout/replica-set-index.ts";

export const image10 = "ghcr.io/subscribie/subscribie:v0.10";
export const image11 = "ghcr.io/subscribie/subscribie:v0.11";

/** A healthy site of one replica on v0.10, with some things different. */
export function observedSite(different: Partial<ObservedSite> & { image?: string } = {}): ObservedSite {
  const { image = image10, ...rest } = different;
  const name = rest.name ?? "soap-and-sons";
  return {
    namespace: "shops",
    name,
    uid: `uid-of-${name}`,
    deleting: false,
    held: false,
    paused: false,
    generation: 1,
    observedGeneration: rest.generation ?? 1,
    revision: 1,
    replicas: 1,
    status: { replicas: 1, updated: 1, available: 1 },
    progressing: {
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: "",
      lastUpdateTime: "2026-11-23T20:00:00Z",
    },
    replicaFailure: undefined,
    containers: [{ name: "subscribie", image, hasReadinessProbe: true, hasPreStop: true }],
    strategy: { type: "RollingUpdate", maxUnavailable: 0, maxSurge: 1 },
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    claims: [],
    annotations: {},
    changeCause: undefined,
    hasAnnotations: true,
    templateHasAnnotations: false,
    templateFingerprint: undefined,
    ...rest,
  };
}

export function observedReplicaSet(different: Partial<ObservedReplicaSet> = {}): ObservedReplicaSet {
  return {
    namespace: "shops",
    name: "soap-and-sons-1",
    uid: "uid-of-replica-set",
    ownerUid: "uid-of-soap-and-sons",
    revision: 1,
    reused: false,
    annotations: {},
    containers: [{ name: "subscribie", image: image10 }],
    templateFingerprint: "fingerprint-1",
    template: JSON.stringify({ spec: { containers: [{ name: "subscribie", image: image10 }] } }),
    ...different,
  };
}

/** An index of ready-made ReplicaSets. */
export function replicaSetIndex(replicaSets: readonly ObservedReplicaSet[] = []): ReplicaSetIndex {
  return {
    add: () => undefined,
    ofSite: (site) =>
      replicaSets
        .filter(({ ownerUid }) => ownerUid === site.uid)
        .toSorted((left, right) => left.revision - right.revision),
  };
}

/** A raw Deployment as the API server sends it, with all that is not of interest left in. */
export function rawDeployment(
  different: { metadata?: object; spec?: object; status?: object; template?: object } = {},
): Record<string, unknown> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "soap-and-sons",
      namespace: "shops",
      uid: "uid-of-soap-and-sons",
      resourceVersion: "4711",
      generation: 3,
      labels: { subscribie: "site", "site-name": "soap-and-sons" },
      annotations: { "deployment.kubernetes.io/revision": "2", "example.com/owner": "sam" },
      ...different.metadata,
    },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { "site-name": "soap-and-sons" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: rawTemplate(different.template),
      ...different.spec,
    },
    status: {
      observedGeneration: 3,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [
        { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "" },
        {
          type: "Progressing",
          status: "True",
          reason: "NewReplicaSetAvailable",
          message: "ReplicaSet has progressed",
          lastUpdateTime: "2026-11-23T20:00:00Z",
          lastTransitionTime: "2026-11-23T19:00:00Z",
        },
      ],
      ...different.status,
    },
  };
}

export function rawTemplate(different: object = {}): Record<string, unknown> {
  return {
    metadata: { creationTimestamp: null, labels: { subscribie: "site", "site-name": "soap-and-sons" } },
    spec: {
      containers: [
        {
          name: "subscribie",
          image: image10,
          env: [{ name: "COMPANY", value: "Soap & Sons <b>" }],
          readinessProbe: { httpGet: { path: "/health", port: 80 } },
          lifecycle: { preStop: { sleep: { seconds: 3 } } },
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "soap-and-sons" } }],
      restartPolicy: "Always",
    },
    ...different,
  };
}

export function rawReplicaSet(
  different: { metadata?: object; template?: object } = {},
): Record<string, unknown> {
  const template = rawTemplate(different.template);
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: "soap-and-sons-6d4cf56db6",
      namespace: "shops",
      uid: "uid-of-replica-set",
      annotations: { "deployment.kubernetes.io/revision": "2" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name: "soap-and-sons",
          uid: "uid-of-soap-and-sons",
          controller: true,
        },
      ],
      ...different.metadata,
    },
    spec: { replicas: 1, template },
  };
}
