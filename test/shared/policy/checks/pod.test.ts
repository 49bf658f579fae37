import { pod, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

const spec = "spec.template.spec";

describeControl("service-account", {
  passing: { "the default one": site(["pod.serviceAccountName", "default"]) },
  failing: {
    "another one": [site(["pod.serviceAccountName", "admin"]), `${spec}.serviceAccountName`],
    "A32: another one by the old name": [site(["pod.serviceAccount", "admin"]), `${spec}.serviceAccount`],
    "an alias that differs": [
      site(["pod.serviceAccountName", "default"], ["pod.serviceAccount", "admin"]),
      `${spec}.serviceAccount`,
    ],
  },
});

describeControl("service-account-token", {
  passing: { "an explicit false": site() },
  failing: {
    silence: [site(["pod.automountServiceAccountToken", undefined]), `${spec}.automountServiceAccountToken`],
    true: [site(["pod.automountServiceAccountToken", true]), `${spec}.automountServiceAccountToken`],
    "a bare pod's silence": [
      pod(["spec.automountServiceAccountToken", undefined]),
      "spec.automountServiceAccountToken",
    ],
  },
});

describeControl("host-aliases", {
  passing: { "an empty list": site(["pod.hostAliases", []]) },
  failing: {
    "a payment provider's name": [
      site(["pod.hostAliases", [{ ip: "10.0.0.1", hostnames: ["api.stripe.com"] }]]),
      `${spec}.hostAliases`,
    ],
  },
});

describeControl("host-names", {
  passing: { "an explicit false": site(["pod.setHostnameAsFQDN", false]) },
  failing: {
    "a host name": [site(["pod.hostname", "db"]), `${spec}.hostname`],
    "a subdomain": [site(["pod.subdomain", "candles"]), `${spec}.subdomain`],
    "an override": [site(["pod.hostnameOverride", "a.example"]), `${spec}.hostnameOverride`],
    "an FQDN": [site(["pod.setHostnameAsFQDN", true]), `${spec}.setHostnameAsFQDN`],
  },
});

describeControl("dns", {
  passing: { "the cluster's": site(["pod.dnsPolicy", "ClusterFirst"], ["pod.dnsConfig", {}]) },
  failing: {
    none: [site(["pod.dnsPolicy", "None"]), `${spec}.dnsPolicy`],
    "the node's with its network": [site(["pod.dnsPolicy", "ClusterFirstWithHostNet"]), `${spec}.dnsPolicy`],
    "a server of its own": [site(["pod.dnsConfig", { nameservers: ["6.6.6.6"] }]), `${spec}.dnsConfig`],
  },
});

describeControl("groups", {
  passing: {
    "group 1000": site(
      ["pod.securityContext", { runAsGroup: 1000, fsGroup: 1000, supplementalGroups: [1000] }],
      ["container.securityContext.runAsGroup", 1000],
    ),
  },
  failing: {
    "runAsGroup 0": [site(["pod.securityContext.runAsGroup", 0]), `${spec}.securityContext.runAsGroup`],
    "a container's runAsGroup 0": [
      site(["container.securityContext.runAsGroup", 0]),
      `${spec}.containers[0].securityContext.runAsGroup`,
    ],
    "fsGroup 0": [site(["pod.securityContext.fsGroup", 0]), `${spec}.securityContext.fsGroup`],
    "a supplemental 0": [
      site(["pod.securityContext.supplementalGroups", [1, 0]]),
      `${spec}.securityContext.supplementalGroups[1]`,
    ],
  },
});

describeControl("process-namespace", {
  passing: { "an explicit false": site(["pod.shareProcessNamespace", false]) },
  failing: {
    "shared processes": [site(["pod.shareProcessNamespace", true]), `${spec}.shareProcessNamespace`],
  },
});

describeControl("node-name", {
  passing: { "an empty name": site(["pod.nodeName", ""]) },
  failing: { "a node": [site(["pod.nodeName", "control-plane"]), `${spec}.nodeName`] },
});

describeControl("node-selector", {
  limits: { scheduling: { nodeSelectorKeys: ["pool"] } },
  passing: { "an allowed key": site(["pod.nodeSelector", { pool: "sites" }]) },
  failing: {
    "the control plane": [
      site(["pod.nodeSelector", { "node-role.kubernetes.io/control-plane": "" }]),
      `${spec}.nodeSelector[node-role.kubernetes.io/control-plane]`,
    ],
    "a key that every JavaScript object has": [
      site(["pod.nodeSelector", { toString: "a" }]),
      `${spec}.nodeSelector.toString`,
    ],
  },
});

const ownPods = {
  labelSelector: { matchLabels: { subscribie: "site", "site-name": "soap" } },
  topologyKey: "kubernetes.io/hostname",
};
const required = (term: object) => ({ requiredDuringSchedulingIgnoredDuringExecution: [term] });
const termPath = `${spec}.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]`;

describeControl("affinity", {
  passing: {
    "to its own pods": site(["pod.affinity.podAffinity", required(ownPods)]),
    "away from its own pods, preferred": site([
      "pod.affinity.podAntiAffinity",
      { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: ownPods }] },
    ]),
  },
  failing: {
    "to another site's pods": [
      site([
        "pod.affinity.podAffinity",
        required({ ...ownPods, labelSelector: { matchLabels: { "site-name": "candles" } } }),
      ]),
      `${termPath}.labelSelector`,
    ],
    "to every site": [
      site(["pod.affinity.podAffinity", required({ ...ownPods, labelSelector: {} })]),
      `${termPath}.labelSelector`,
    ],
    "to another namespace": [
      site(["pod.affinity.podAffinity", required({ ...ownPods, namespaces: ["kube-system"] })]),
      `${termPath}.namespaces`,
    ],
    "to every namespace": [
      site(["pod.affinity.podAffinity", required({ ...ownPods, namespaceSelector: {} })]),
      `${termPath}.namespaceSelector`,
    ],
    "over a topology of the operator's": [
      site(["pod.affinity.podAffinity", required({ ...ownPods, topologyKey: "rack" })]),
      `${termPath}.topologyKey`,
    ],
    "to nodes": [
      site(["pod.affinity.nodeAffinity", required({ nodeSelectorTerms: [] })]),
      `${spec}.affinity.nodeAffinity`,
    ],
  },
});

describeControl("topology-spread", {
  passing: {
    "over hosts": site([
      "pod.topologySpreadConstraints",
      [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" }],
    ]),
  },
  failing: {
    "over racks": [
      site(["pod.topologySpreadConstraints", [{ topologyKey: "rack" }]]),
      `${spec}.topologySpreadConstraints[0].topologyKey`,
    ],
  },
});

describeControl("tolerations", {
  passing: {
    "what the API itself adds": site([
      "pod.tolerations",
      [
        {
          key: "node.kubernetes.io/not-ready",
          operator: "Exists",
          effect: "NoExecute",
          tolerationSeconds: 300,
        },
      ],
    ]),
  },
  failing: {
    "the control plane": [
      site(["pod.tolerations", [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }]]),
      `${spec}.tolerations[0]`,
    ],
    everything: [site(["pod.tolerations", [{ operator: "Exists" }]]), `${spec}.tolerations[0]`],
  },
});

describeControl("scheduler", {
  passing: { "the default one": site(["pod.schedulerName", "default-scheduler"]) },
  failing: { another: [site(["pod.schedulerName", "mine"]), `${spec}.schedulerName`] },
});

describeControl("scheduling-gates", {
  passing: { "an empty list": site(["pod.schedulingGates", []]) },
  failing: {
    "a gate": [site(["pod.schedulingGates", [{ name: "never" }]]), `${spec}.schedulingGates`],
    "a readiness gate": [
      site(["pod.readinessGates", [{ conditionType: "never" }]]),
      `${spec}.readinessGates`,
    ],
    "a group": [site(["pod.schedulingGroup", { podGroupName: "a" }]), `${spec}.schedulingGroup`],
    "an eviction responder": [
      site(["pod.evictionResponders", [{ name: "never.example/no" }]]),
      `${spec}.evictionResponders`,
    ],
  },
});

describeControl("priority", {
  limits: { scheduling: { priorityClasses: ["sites"] } },
  passing: {
    "an allowed class, resolved": site(["pod.priorityClassName", "sites"], ["pod.priority", 100]),
    "priority 0": site(["pod.priority", 0]),
  },
  failing: {
    "a system class": [site(["pod.priorityClassName", "system-node-critical"]), `${spec}.priorityClassName`],
    "a bare priority": [site(["pod.priority", 2_000_001_000]), `${spec}.priority`],
  },
});

describeControl("runtime-class", {
  limits: { scheduling: { runtimeClasses: ["gvisor"] } },
  passing: {
    "an allowed class with its overhead": site(
      ["pod.runtimeClassName", "gvisor"],
      ["pod.overhead", { cpu: "1" }],
    ),
  },
  failing: {
    "another class": [site(["pod.runtimeClassName", "unconfined"]), `${spec}.runtimeClassName`],
    "overhead without a class": [site(["pod.overhead", { cpu: "1" }]), `${spec}.overhead`],
  },
});

describeControl("termination", {
  passing: {
    "a minute": site(["pod.terminationGracePeriodSeconds", 60]),
    "another polite signal": site(["container.lifecycle.stopSignal", "SIGQUIT"]),
    "the deadline of a pod that is none of a site's": pod(["spec.activeDeadlineSeconds", 60]),
  },
  failing: {
    "a site's deadline": [site(["pod.activeDeadlineSeconds", 60]), `${spec}.activeDeadlineSeconds`],
    "no time to finish": [
      site(["container.lifecycle.stopSignal", "SIGKILL"]),
      `${spec}.containers[0].lifecycle.stopSignal`,
    ],
    none: [site(["pod.terminationGracePeriodSeconds", 0]), `${spec}.terminationGracePeriodSeconds`],
    "a day": [site(["pod.terminationGracePeriodSeconds", 86_400]), `${spec}.terminationGracePeriodSeconds`],
  },
});

const annotationsOf = (annotations: object) => site(["template.metadata.annotations", annotations]);

describeControl("annotations", {
  passing: {
    "our own and a tool's": annotationsOf({
      "subscribie.co.uk/rollout": "r1",
      "kubectl.kubernetes.io/restartedAt": "now",
    }),
  },
  failing: {
    "a snippet": [
      annotationsOf({ "nginx.ingress.kubernetes.io/server-snippet": "return 200;" }),
      "spec.template.metadata.annotations[nginx.ingress.kubernetes.io/server-snippet]",
    ],
    "an injected sidecar": [
      annotationsOf({ "sidecar.istio.io/inject": "true" }),
      "spec.template.metadata.annotations[sidecar.istio.io/inject]",
    ],
    "a second network": [
      annotationsOf({ "k8s.v1.cni.cncf.io/networks": "host" }),
      "spec.template.metadata.annotations[k8s.v1.cni.cncf.io/networks]",
    ],
    "a snippet on the Deployment itself": [
      site(["metadata.annotations", { "vault.hashicorp.com/agent-inject": "true" }]),
      "metadata.annotations[vault.hashicorp.com/agent-inject]",
    ],
    "too much of it": [annotationsOf({ a: "x".repeat(70_000) }), "spec.template.metadata.annotations"],
  },
});

const labelsOf = (labels: object) =>
  site(["metadata.labels", { subscribie: "site", "site-name": "soap", ...labels }]);

describeControl("labels", {
  passing: {
    "the recommended ones": labelsOf({ "app.kubernetes.io/name": "soap", "helm.sh/chart": "a", tier: "" }),
    "a key that every JavaScript object has": labelsOf({ constructor: "a" }),
  },
  failing: {
    "a node's label": [
      labelsOf({ "node-role.kubernetes.io/control-plane": "" }),
      "metadata.labels[node-role.kubernetes.io/control-plane]",
    ],
    "Kubernetes' own domain": [labelsOf({ "kubernetes.io/os": "a" }), "metadata.labels[kubernetes.io/os]"],
    "a template's hash": [
      site(["template.metadata.labels.pod-template-hash", "abc"]),
      "spec.template.metadata.labels[pod-template-hash]",
    ],
    "a label that injects a sidecar": [
      site(["template.metadata.labels", { "sidecar.istio.io/inject": "true" }]),
      "spec.template.metadata.labels[sidecar.istio.io/inject]",
    ],
    "a label that gives a cloud's identity": [
      labelsOf({ "azure.workload.identity/use": "true" }),
      "metadata.labels[azure.workload.identity/use]",
    ],
    "an impossible value": [labelsOf({ a: "with space" }), "metadata.labels.a"],
    "a value that is too long": [labelsOf({ a: "a".repeat(64) }), "metadata.labels.a"],
    "a value that is no text": [labelsOf({ a: 1 }), "metadata.labels.a"],
    "an impossible key": [labelsOf({ "a/b/c": "x" }), "metadata.labels[a/b/c]"],
  },
});

describeControl("well-formed", {
  passing: {
    nulls: site(["metadata.annotations", null], ["container.env", null]),
    "any scalar that the API takes": site(["container.resources.limits.cpu", 0.5]),
  },
  failing: {
    "a version that the API does not have": [site(["apiVersion", "extensions/v1beta1"]), "apiVersion"],
    "another kind's version": [pod(["apiVersion", "apps/v1"]), "apiVersion"],
    "a list where an object belongs": [site(["spec.template", []]), "spec.template"],
    "a text where a list belongs": [site(["pod.containers", "nginx"]), `${spec}.containers`],
    "a text in a list of objects": [site(["pod.volumes", ["data"]]), `${spec}.volumes[0]`],
    "a null in a list of objects": [site(["pod.containers", [null]]), `${spec}.containers[0]`],
    "a number for a text": [
      site(["container.env", [{ name: "A", value: 1 }]]),
      `${spec}.containers[0].env[0].value`,
    ],
    "a text for a truth": [site(["pod.hostUsers", "no"]), `${spec}.hostUsers`],
    "no containers": [site(["pod.containers", []]), `${spec}.containers`],
    "no spec": [site(["spec", undefined]), "spec"],
    "a quantity that is none": [
      site(["container.resources.limits.cpu", "lots"]),
      `${spec}.containers[0].resources.limits.cpu`,
    ],
    "labels that are a text": [site(["metadata.labels", "subscribie=site"]), "metadata.labels"],
  },
});

describeControl("unknown-fields", {
  passing: { "known ones": site() },
  failing: {
    "a field of a pod yet to come": [site(["pod.hostEverything", true]), `${spec}.hostEverything`],
    "a field of a container yet to come": [
      site(["container.securityContext.allowAll", true]),
      `${spec}.containers[0].securityContext.allowAll`,
    ],
    "a field that every JavaScript object has": [site(["pod.constructor", true]), `${spec}.constructor`],
  },
});
