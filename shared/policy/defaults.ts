import { isSiteName } from "../site/site-name.ts";
import { siteContainer, siteLabel, siteLabelValue, siteNameLabel } from "../site/site-labels.ts";
import { apiDefaultValues } from "./api-default-values.ts";
import type { LocatedContainer } from "./containers.ts";
import { isObject, jsonEqual, listMember, mapEntries, member, memberAt, stringMember } from "./json.ts";
import type { Limits } from "./limits.ts";
import { createPatchBuilder } from "./patch-builder.ts";
import type { PatchBuilder, PatchOperation } from "./patch-builder.ts";
import { parseQuantity } from "./quantity.ts";
import { parseSubject } from "./subject.ts";
import type { Located } from "./located.ts";
import type { PodPart } from "./pod-part.ts";
import type { Subject } from "./subject.ts";

/** What the mutating half does to an object. */
export interface Defaulting {
  readonly operations: readonly PatchOperation[];
  /** What was set, in words for the author; empty when nothing was. */
  readonly set: readonly string[];
}

/** The patch in the making. */
class Draft {
  readonly limits: Limits;
  readonly set = new Set<string>();
  readonly patch: PatchBuilder;

  constructor(object: unknown, limits: Limits) {
    this.limits = limits;
    this.patch = createPatchBuilder(object);
  }

  /** Sets a member; `what` is how the author is told. */
  add(what: string, path: readonly (string | number)[], value: unknown): void {
    if (this.patch.set(path, value)) this.set.add(what);
  }
}

/**
 * Labels a site and sets safe values where its author was silent. A value equal to the API's own default counts as
 * silence, since the API fills it in before a webhook is asked. Nothing is set against what the author said, and
 * `spec.selector` is never touched.
 *
 * On an UPDATE only what the request changes is completed: a template that stays as it was is left alone, because a
 * changed template restarts the site. Doing it again changes nothing.
 *
 * @param object a Deployment as the API server or a manifest has it; for any other object there is nothing to do
 * @param oldObject what an UPDATE replaces
 */
export function completeSite(object: unknown, oldObject: unknown, limits: Limits): Defaulting {
  const subject = parseSubject(object);
  if (subject?.kind !== "site" || subject.pod === undefined || !isObject(memberAt(object, "spec"))) {
    return { operations: [], set: [] };
  }
  const draft = new Draft(object, limits);
  addLabels(draft, subject, subject.metadata);
  const isChanged = (...path: string[]) =>
    oldObject === undefined || !jsonEqual(memberAt(object, ...path), memberAt(oldObject, ...path));
  if (isChanged("spec", "strategy")) completeStrategy(draft, subject);
  if (isChanged("spec", "revisionHistoryLimit")) completeRevisionHistory(draft, subject);
  if (isChanged("spec", "template") && isObject(memberAt(object, "spec", "template", "spec"))) {
    addLabels(draft, subject, subject.pod.metadata);
    completePod(draft, subject.pod);
  }
  return { operations: draft.patch.operations(), set: [...draft.set] };
}

function addLabels(draft: Draft, { siteName }: Subject, metadata: Located): void {
  const labels = member(metadata.value, "labels");
  const add = (label: string, value: string) => {
    if (member(labels, label) === undefined) draft.add("labels", [...metadata.path, "labels", label], value);
  };
  add(siteLabel, siteLabelValue);
  // A name that cannot be a site's is refused by the validating half, with the reason.
  if (siteName !== undefined && isSiteName(siteName)) add(siteNameLabel, siteName);
}

function completeStrategy(draft: Draft, { object }: Subject): void {
  const strategy = memberAt(object, "spec", "strategy");
  const type = member(strategy, "type");
  if (type !== undefined && type !== "RollingUpdate") return;
  const { share } = apiDefaultValues;
  const surge = memberAt(strategy, "rollingUpdate", "maxSurge") ?? share;
  const unavailable = memberAt(strategy, "rollingUpdate", "maxUnavailable") ?? share;
  // Without a surge, the API wants something to be unavailable.
  if (unavailable !== share || surge === 0 || surge === "0%") return;
  const path = ["spec", "strategy"];
  if (type === undefined) draft.add("strategy", [...path, "type"], "RollingUpdate");
  draft.add("strategy", [...path, "rollingUpdate", "maxUnavailable"], 0);
  if (surge === share)
    draft.add("strategy", [...path, "rollingUpdate", "maxSurge"], draft.limits.defaults.maxSurge);
}

function completeRevisionHistory(draft: Draft, { object }: Subject): void {
  const apiDefault = apiDefaultValues.revisionHistoryLimit;
  const value = memberAt(object, "spec", "revisionHistoryLimit") ?? apiDefault;
  const ours = draft.limits.defaults.revisionHistoryLimit;
  if (value !== apiDefault || ours === apiDefault) return;
  draft.add("revisionHistoryLimit", ["spec", "revisionHistoryLimit"], ours);
}

function completePod(draft: Draft, { spec, containers }: PodPart): void {
  for (const field of ["automountServiceAccountToken", "enableServiceLinks"] as const) {
    if (member(spec.value, field) === undefined) draft.add(field, spec.at(field), false);
  }
  if (memberAt(spec.value, "securityContext", "seccompProfile") === undefined) {
    draft.add("seccompProfile", spec.at("securityContext", "seccompProfile"), { type: "RuntimeDefault" });
  }
  const apiGrace = apiDefaultValues.terminationGracePeriodSeconds;
  const given = member(spec.value, "terminationGracePeriodSeconds") ?? apiGrace;
  const grace = given === apiGrace ? draft.limits.defaults.terminationGracePeriodSeconds : given;
  if (grace !== given) {
    draft.add("terminationGracePeriodSeconds", spec.at("terminationGracePeriodSeconds"), grace);
  }
  const ofPod = member(spec.value, "resources");
  for (const container of containers) {
    if (container.list === "ephemeralContainers") continue;
    completeResources(draft, container, ofPod);
    completePrivileges(draft, container);
    const isSite = container.list === "containers" && stringMember(container.value, "name") === siteContainer;
    if (isSite) completeSiteContainer(draft, container, grace);
  }
}

/**
 * Requests and limits for what has none; neither ever crosses what the author gave of the other. A resource that the
 * author gave to the pod as a whole is shared by its containers: what ours would add up to may be more.
 */
function completeResources(draft: Draft, container: LocatedContainer, ofPod: unknown): void {
  const resources = member(container.value, "resources");
  for (const [kind, other, keepsWithin] of [
    ["requests", "limits", isAtMost],
    ["limits", "requests", isAtLeast],
  ] as const) {
    for (const [name, ours] of mapEntries(draft.limits.defaults[kind])) {
      if (memberAt(resources, kind, name) !== undefined) continue;
      if ((memberAt(ofPod, kind, name) ?? memberAt(ofPod, other, name)) !== undefined) continue;
      const bound = memberAt(resources, other, name);
      const value = bound === undefined || keepsWithin(ours, bound) ? ours : bound;
      if (parseQuantity(value) !== undefined)
        draft.add("resources", container.at("resources", kind, name), value);
    }
  }
}

function isAtMost(value: unknown, bound: unknown): boolean {
  const [left, right] = [parseQuantity(value), parseQuantity(bound)];
  return left !== undefined && right !== undefined && left <= right;
}

function isAtLeast(value: unknown, bound: unknown): boolean {
  return isAtMost(bound, value);
}

/** Privileged containers are left alone: the API refuses them the field, and the validating half refuses them. */
function completePrivileges(draft: Draft, container: LocatedContainer): void {
  const context = member(container.value, "securityContext");
  if (member(context, "allowPrivilegeEscalation") !== undefined || member(context, "privileged") === true)
    return;
  const added = listMember(member(context, "capabilities"), "add");
  if (added.includes("SYS_ADMIN") || added.includes("CAP_SYS_ADMIN")) return;
  draft.add("allowPrivilegeEscalation", container.at("securityContext", "allowPrivilegeEscalation"), false);
}

/** The probe and the sleep that keep a site online while its pods are replaced. */
function completeSiteContainer(draft: Draft, container: LocatedContainer, grace: unknown): void {
  const { readinessPath, preStopSleepSeconds } = draft.limits.defaults;
  if (member(container.value, "readinessProbe") === undefined) {
    const httpGet = { path: readinessPath, port: readinessPort(container.value, draft.limits) };
    draft.add("readinessProbe", container.at("readinessProbe"), {
      httpGet,
      periodSeconds: 5,
      timeoutSeconds: 3,
    });
  }
  // The API wants the sleep shorter than the grace period.
  const seconds = typeof grace === "number" ? Math.min(preStopSleepSeconds, Math.floor(grace) - 1) : 0;
  if (memberAt(container.value, "lifecycle", "preStop") !== undefined || seconds < 1) return;
  draft.add("preStop", container.at("lifecycle", "preStop"), { sleep: { seconds } });
}

/** The port called http, or else the first one of TCP, or else the configured one. */
function readinessPort(container: unknown, limits: Limits): unknown {
  const ports = listMember(container, "ports").filter(
    (port) => (member(port, "protocol") ?? "TCP") === "TCP",
  );
  const port = ports.find((candidate) => stringMember(candidate, "name") === "http") ?? ports[0];
  return member(port, "containerPort") ?? limits.defaults.readinessPort;
}
