/** Definitions of the foreign kinds that the chart can make, without a schema: enough for the API server to take them. */
export const foreignDefinitions: readonly object[] = [
  definition("monitoring.coreos.com", "ServiceMonitor", "servicemonitors"),
  definition("monitoring.coreos.com", "PodMonitor", "podmonitors"),
  definition("monitoring.coreos.com", "PrometheusRule", "prometheusrules"),
  definition("cert-manager.io", "Issuer", "issuers"),
  definition("cert-manager.io", "Certificate", "certificates"),
];

function definition(group: string, kind: string, plural: string): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural },
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}
