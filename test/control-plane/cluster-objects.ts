import type { ApiClient } from "./api-client.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { operatorsGroup } from "./users.ts";

/** What a new control plane is given: fake nodes, a default StorageClass (see kwok-stages.yaml), the operators' role. */
export async function createClusterObjects(client: ApiClient, nodes: number): Promise<void> {
  const objects = [
    ...Array.from({ length: nodes }, (_, index) => ({
      path: "/api/v1/nodes",
      object: fakeNode(`node-${index + 1}`),
    })),
    { path: "/apis/storage.k8s.io/v1/storageclasses", object: defaultStorageClass },
    { path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object: operatorsBinding },
  ];
  await Promise.all(
    objects.map(async ({ path, object }) => {
      const response = await client.request("POST", path, { body: object });
      if (response.status !== 201) {
        throw new ControlPlaneError(
          `The new API server refused ${object.kind} ${object.metadata.name} (${response.status}): ` +
            JSON.stringify(response.body),
        );
      }
    }),
  );
}

/** A node with room for every test's pods; kwok reports it ready. */
function fakeNode(name: string) {
  const room = { cpu: "10k", memory: "64Ti", pods: "100k", "ephemeral-storage": "64Ti" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
    },
    status: { allocatable: room, capacity: room },
  };
}

const defaultStorageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "test", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "test.subscribie.co.uk/volumes",
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
};

const operatorsBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: operatorsGroup },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: operatorsGroup }],
};
