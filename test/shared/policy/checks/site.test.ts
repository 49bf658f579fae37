import { changed, pod, site } from "../sample-site.ts";
import { describeControl } from "./check-table.ts";

describeControl("site-name", {
  passing: { "a DNS label": site() },
  failing: {
    "a generated name": [
      site(["metadata.generateName", "soap-"], ["metadata.name", undefined]),
      "metadata.generateName",
    ],
    "a generated name beside a name": [site(["metadata.generateName", "soap-"]), "metadata.generateName"],
    "no name": [site(["metadata.name", undefined]), "metadata.name"],
    "a name with dots": [site(["metadata.name", "soap.secrets"]), "metadata.name"],
    "a name that begins with a digit": [site(["metadata.name", "1soap"]), "metadata.name"],
    "a name of 64 characters": [site(["metadata.name", "a".repeat(64)]), "metadata.name"],
  },
});

const labels = (fields: object) =>
  site(["metadata.labels", { subscribie: "site", "site-name": "soap", ...fields }]);

describeControl("site-labels", {
  passing: {
    "both labels on both": site(),
    "a pod of something else": pod(["metadata.labels", { app: "helper" }]),
  },
  failing: {
    "no labels": [site(["metadata.labels", undefined]), "metadata.labels.subscribie"],
    "null labels": [site(["metadata.labels", null]), "metadata.labels[site-name]"],
    "no labels on the pods": [
      site(["template.metadata", undefined]),
      "spec.template.metadata.labels.subscribie",
    ],
    "an empty site name": [labels({ "site-name": "" }), "metadata.labels[site-name]"],
    "another site's name": [labels({ "site-name": "candles" }), "metadata.labels[site-name]"],
    "another site's name on the pods": [
      site(["template.metadata.labels.site-name", "candles"]),
      "spec.template.metadata.labels[site-name]",
    ],
    "another case": [labels({ "site-name": "Soap" }), "metadata.labels[site-name]"],
    "another value": [labels({ subscribie: "Site" }), "metadata.labels.subscribie"],
    "a key in another case": [
      site(["metadata.labels", { Subscribie: "site", "site-name": "soap" }]),
      "metadata.labels.subscribie",
    ],
    "a bare pod that takes a site's traffic": [
      pod(["metadata.labels", { "site-name": "soap" }]),
      "metadata.labels[site-name]",
    ],
    "a Job whose pods take a site's traffic": [
      changed(
        { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" } },
        ["spec.template.metadata.labels", { subscribie: "site" }],
        ["spec.template.spec.containers", [{}]],
      ),
      "spec.template.metadata.labels.subscribie",
    ],
  },
});

describeControl("ownership", {
  passing: { "Kubernetes' own finalizers": site(["metadata.finalizers", ["foregroundDeletion"]]) },
  failing: {
    "a finalizer": [site(["metadata.finalizers", ["never.example/go"]]), "metadata.finalizers[0]"],
    "an owner": [
      site(["metadata.ownerReferences", [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "b" }]]),
      "metadata.ownerReferences",
    ],
  },
});

describeControl("selector", {
  passing: {
    "both site labels": site(["spec.selector.matchLabels", { subscribie: "site", "site-name": "soap" }]),
    "a label of the author's": site(
      ["spec.selector.matchLabels", { app: "soap" }],
      ["template.metadata.labels.app", "soap"],
    ),
  },
  failing: {
    "every site": [site(["spec.selector.matchLabels", { subscribie: "site" }]), "spec.selector.matchLabels"],
    everything: [site(["spec.selector", {}]), "spec.selector.matchLabels"],
    "another site": [
      site(
        ["spec.selector.matchLabels.site-name", "candles"],
        ["template.metadata.labels.site-name", "candles"],
      ),
      "spec.selector.matchLabels[site-name]",
    ],
    "a label that the pods lack": [
      site(["spec.selector.matchLabels.app", "soap"]),
      "spec.selector.matchLabels.app",
    ],
    "an expression": [
      site(["spec.selector.matchExpressions", [{ key: "site-name", operator: "Exists" }]]),
      "spec.selector.matchExpressions",
    ],
  },
});

describeControl("replicas", {
  passing: {
    ten: site(["spec.replicas", 10]),
    "a suspended site": site(["spec.replicas", 0]),
    silence: site(["spec.replicas", undefined]),
    "a Scale of ten": { apiVersion: "autoscaling/v1", kind: "Scale", spec: { replicas: 10 } },
  },
  failing: {
    eleven: [site(["spec.replicas", 11]), "spec.replicas"],
    "fewer than none": [site(["spec.replicas", -1]), "spec.replicas"],
    "a text": [site(["spec.replicas", "3"]), "spec.replicas"],
    "a Scale of eleven": [
      { apiVersion: "autoscaling/v1", kind: "Scale", spec: { replicas: 11 } },
      "spec.replicas",
    ],
  },
});

const rollingUpdate = (maxUnavailable: unknown, maxSurge: unknown, replicas = 1) =>
  site(["spec.strategy.rollingUpdate", { maxUnavailable, maxSurge }], ["spec.replicas", replicas]);
const unavailable = "spec.strategy.rollingUpdate.maxUnavailable";

describeControl("strategy", {
  passing: {
    "one after another": rollingUpdate(0, 1),
    "the API's default for one pod, which rounds to none": rollingUpdate("25%", "25%"),
    silence: site(["spec.strategy", undefined]),
  },
  failing: {
    Recreate: [site(["spec.strategy", { type: "Recreate" }]), "spec.strategy.type"],
    "one missing": [rollingUpdate(1, 1), unavailable],
    "all missing": [rollingUpdate("100%", "25%"), unavailable],
    "a quarter of four": [rollingUpdate("25%", "25%", 4), unavailable],
    "no surge, so that the controller takes one away": [rollingUpdate("25%", 0), unavailable],
    "a share that cannot be read": [rollingUpdate("half", 1), unavailable],
  },
});

describeControl("rollout-bounds", {
  passing: {
    "the API's defaults": site(["spec.progressDeadlineSeconds", 600], ["spec.revisionHistoryLimit", 10]),
  },
  failing: {
    "no history": [site(["spec.revisionHistoryLimit", 0]), "spec.revisionHistoryLimit"],
    "a deadline of a day": [site(["spec.progressDeadlineSeconds", 86_400]), "spec.progressDeadlineSeconds"],
    "a pod that is ready after an hour": [site(["spec.minReadySeconds", 3600]), "spec.minReadySeconds"],
  },
});

describeControl("readiness", {
  passing: {
    "a probe and a hook": site(),
    "a container that is not the site's": site(
      ["container.name", "web"],
      ["container.readinessProbe", undefined],
    ),
  },
  failing: {
    "no probe": [
      site(["container.readinessProbe", undefined]),
      "spec.template.spec.containers[0].readinessProbe",
    ],
    "no preStop hook": [
      site(["container.lifecycle", undefined]),
      "spec.template.spec.containers[0].lifecycle.preStop",
    ],
  },
});
