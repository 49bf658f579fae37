import { parseImageReference } from "../image/image-reference.ts";
import { apiDefaultValues } from "./api-default-values.ts";
import { isObject, stringMember } from "./json.ts";
import type { JsonObject } from "./json.ts";

/**
 * A Deployment with the API server's own defaults, as admission webhooks would get it: what makes the verdict on a
 * manifest the verdict on a CREATE. A member that is null counts as missing. Values of a wrong type stay
 * for the checks to report; other kinds come back unchanged.
 *
 * Source: k8s.io/kubernetes pkg/apis/apps/v1/defaults.go, pkg/apis/core/v1/defaults.go.
 */
export function applyApiDefaults(object: unknown): unknown {
  if (!isObject(object) || stringMember(object, "kind") !== "Deployment") return object;
  return update(object, "spec", deploymentSpec);
}

type Change = (object: JsonObject) => JsonObject;

/** The object with one of its members changed, if that is an object. */
function update(object: JsonObject, key: string, change: Change): JsonObject {
  const value = object[key];
  return Object.hasOwn(object, key) && isObject(value) ? { ...object, [key]: change(value) } : object;
}

/** The object with every element of a list changed, if that is a list. */
function updateEach(object: JsonObject, key: string, change: Change): JsonObject {
  const value = object[key];
  if (!Object.hasOwn(object, key) || !Array.isArray(value)) return object;
  return { ...object, [key]: value.map((item: unknown) => (isObject(item) ? change(item) : item)) };
}

/** The object with values for members that are missing or null. */
function fill(object: JsonObject, defaults: JsonObject): JsonObject {
  const missing = Object.entries(defaults).filter(
    ([key]) => !Object.hasOwn(object, key) || object[key] === null,
  );
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) };
}

function deploymentSpec(spec: JsonObject): JsonObject {
  const { replicas, revisionHistoryLimit, progressDeadlineSeconds } = apiDefaultValues;
  const filled = fill(spec, { replicas, revisionHistoryLimit, progressDeadlineSeconds, strategy: {} });
  return update(update(filled, "strategy", strategy), "template", (template) =>
    update(template, "spec", podSpec),
  );
}

function strategy(given: JsonObject): JsonObject {
  const typed = fill(given["type"] === "" ? { ...given, type: null } : given, { type: "RollingUpdate" });
  if (typed["type"] !== "RollingUpdate") return typed;
  const { share } = apiDefaultValues;
  return update(fill(typed, { rollingUpdate: {} }), "rollingUpdate", (rollingUpdate) =>
    fill(rollingUpdate, { maxSurge: share, maxUnavailable: share }),
  );
}

function podSpec(spec: JsonObject): JsonObject {
  const filled = fill(withOneServiceAccount(spec), {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: apiDefaultValues.terminationGracePeriodSeconds,
  });
  return ["containers", "initContainers", "ephemeralContainers"].reduce(
    (current, list) => updateEach(current, list, container),
    updateEach(filled, "volumes", volume),
  );
}

/** The field's older name counts where the newer one is silent, and is then told the same. */
function withOneServiceAccount(spec: JsonObject): JsonObject {
  const account = [spec["serviceAccountName"], spec["serviceAccount"]].find(
    (name) => name !== undefined && name !== null && name !== "",
  );
  return account === undefined ? spec : { ...spec, serviceAccountName: account, serviceAccount: account };
}

function volume(given: JsonObject): JsonObject {
  const hasSource = Object.entries(given).some(([key, value]) => key !== "name" && value !== null);
  return hasSource ? given : { ...given, emptyDir: {} };
}

function container(given: JsonObject): JsonObject {
  const image = parseImageReference(stringMember(given, "image") ?? "");
  const isMoving = image?.digest === undefined && (image?.tag ?? "latest") === "latest";
  const filled = fill(given, {
    imagePullPolicy: isMoving ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
  });
  return ["livenessProbe", "readinessProbe", "startupProbe"].reduce(
    (current, field) => update(current, field, probe),
    updateEach(filled, "ports", (port) => fill(port, { protocol: "TCP" })),
  );
}

function probe(given: JsonObject): JsonObject {
  const filled = fill(given, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return update(filled, "httpGet", (httpGet) => fill(httpGet, { path: "/", scheme: "HTTP" }));
}
