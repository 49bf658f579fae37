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
import type { PodPart, Subject } from "./subject.ts";

/** What the mutating half does to an object. */
export interface Defaulting {
  readonly operations: readonly PatchOperation[];
  /** What was set, in words for the author; empty when nothing was. */
  readonly set: readonly string[];
}

interface Draft {
  readonly patch: PatchBuilder;
  readonly limits: Limits;
  readonly set: Set<string>;
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
  const draft: Draft = { patch: createPatchBuilder(object), limits, set: new Set() };
  addLabels(draft, subject, subject.metadata.value, ["metadata", "labels"]);
  const isChanged = (...path: string[]) =>
    oldObject === undefined || !jsonEqual(memberAt(object, ...path), memberAt(oldObject, ...path));
  if (isChanged("spec", "strategy")) completeStrategy(draft, subject);
  if (isChanged("spec", "revisionHistoryLimit")) completeRevisionHistory(draft, subject);
  if (isChanged("spec", "template") && isObject(memberAt(object, "spec", "template", "spec"))) {
    addLabels(draft, subject, subject.pod.metadata.value, [...subject.pod.metadata.path, "labels"]);
    completePod(draft, subject.pod);
  }
  return { operations: draft.patch.operations(), set: [...draft.set] };
}

function addLabels(
  draft: Draft,
  subject: Subject,
  metadata: unknown,
  path: readonly (string | number)[],
): void {
  const labels = member(metadata, "labels");
  if (labels !== undefined && !isObject(labels)) return;
  const add = (label: string, value: string) => {
    if (member(labels, label) !== undefined) return;
    draft.patch.set([...path, label], value);
    draft.set.add("labels");
  };
  add(siteLabel, siteLabelValue);
  // A name that cannot be a site's is refused by the validating half, with the reason.
  if (subject.siteName !== undefined && isSiteName(subject.siteName)) add(siteNameLabel, subject.siteName);
}

function completeStrategy({ patch, limits, set }: Draft, { object }: Subject): void {
  const strategy = memberAt(object, "spec", "strategy");
  if (strategy !== undefined && !isObject(strategy)) return;
  const type = member(strategy, "type");
  if (type !== undefined && type !== "RollingUpdate") return;
  const { share } = apiDefaultValues;
  const surge = memberAt(strategy, "rollingUpdate", "maxSurge") ?? share;
  const unavailable = memberAt(strategy, "rollingUpdate", "maxUnavailable") ?? share;
  if (unavailable !== share || surge === 0 || surge === "0%") return;
  if (type === undefined) patch.set(["spec", "strategy", "type"], "RollingUpdate");
  patch.set(["spec", "strategy", "rollingUpdate", "maxUnavailable"], 0);
  if (surge === share) patch.set(["spec", "strategy", "rollingUpdate", "maxSurge"], limits.defaults.maxSurge);
  set.add("strategy");
}

function completeRevisionHistory({ patch, limits, set }: Draft, { object }: Subject): void {
  const apiDefault = apiDefaultValues.revisionHistoryLimit;
  const value = memberAt(object, "spec", "revisionHistoryLimit") ?? apiDefault;
  const ours = limits.defaults.revisionHistoryLimit;
  if (value !== apiDefault || ours === apiDefault) return;
  patch.set(["spec", "revisionHistoryLimit"], ours);
  set.add("revisionHistoryLimit");
}

function completePod(draft: Draft, pod: PodPart): void {
  const { patch, limits, set } = draft;
  const { value: spec, path } = pod.spec;
  for (const field of ["automountServiceAccountToken", "enableServiceLinks"] as const) {
    if (member(spec, field) !== undefined) continue;
    patch.set([...path, field], false);
    set.add(field);
  }
  const context = member(spec, "securityContext");
  if ((context === undefined || isObject(context)) && member(context, "seccompProfile") === undefined) {
    patch.set([...path, "securityContext", "seccompProfile"], { type: "RuntimeDefault" });
    set.add("seccompProfile");
  }
  const apiGrace = apiDefaultValues.terminationGracePeriodSeconds;
  const given = member(spec, "terminationGracePeriodSeconds") ?? apiGrace;
  const grace = given === apiGrace ? limits.defaults.terminationGracePeriodSeconds : given;
  if (grace !== given) {
    patch.set([...path, "terminationGracePeriodSeconds"], grace);
    set.add("terminationGracePeriodSeconds");
  }
  for (const container of pod.containers) {
    if (container.list === "ephemeralContainers") continue;
    completeResources(draft, container);
    completePrivileges(draft, container);
    const isSite = container.list === "containers" && stringMember(container.value, "name") === siteContainer;
    if (isSite) completeSiteContainer(draft, container, grace);
  }
}

/** Requests and limits for what has none; neither ever crosses what the author gave of the other. */
function completeResources(
  { patch, limits, set }: Draft,
  { value: container, path }: LocatedContainer,
): void {
  const resources = member(container, "resources");
  if (resources !== undefined && !isObject(resources)) return;
  for (const [kind, other, keepsWithin] of [
    ["requests", "limits", isAtMost],
    ["limits", "requests", isAtLeast],
  ] as const) {
    const given = member(resources, kind);
    if (given !== undefined && !isObject(given)) continue;
    for (const [name, ours] of mapEntries(limits.defaults[kind])) {
      if (member(given, name) !== undefined) continue;
      const bound = memberAt(resources, other, name);
      const value = bound === undefined || keepsWithin(ours, bound) ? ours : bound;
      if (parseQuantity(value) === undefined) continue;
      patch.set([...path, "resources", kind, name], value);
      set.add("resources");
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
function completePrivileges({ patch, set }: Draft, { value: container, path }: LocatedContainer): void {
  const context = member(container, "securityContext");
  if (context !== undefined && !isObject(context)) return;
  if (member(context, "allowPrivilegeEscalation") !== undefined || member(context, "privileged") === true)
    return;
  const added = listMember(member(context, "capabilities"), "add");
  if (added.includes("SYS_ADMIN") || added.includes("CAP_SYS_ADMIN")) return;
  patch.set([...path, "securityContext", "allowPrivilegeEscalation"], false);
  set.add("allowPrivilegeEscalation");
}

/** The probe and the sleep that keep a site online while its pods are replaced. */
function completeSiteContainer(
  { patch, limits, set }: Draft,
  { value: container, path }: LocatedContainer,
  grace: unknown,
): void {
  const { readinessPath, preStopSleepSeconds } = limits.defaults;
  if (member(container, "readinessProbe") === undefined) {
    const httpGet = { path: readinessPath, port: readinessPort(container, limits) };
    patch.set([...path, "readinessProbe"], { httpGet, periodSeconds: 5, timeoutSeconds: 3 });
    set.add("readinessProbe");
  }
  const lifecycle = member(container, "lifecycle");
  if (lifecycle !== undefined && !isObject(lifecycle)) return;
  // The API wants the sleep shorter than the grace period.
  const seconds = typeof grace === "number" ? Math.min(preStopSleepSeconds, Math.floor(grace) - 1) : 0;
  if (member(lifecycle, "preStop") !== undefined || seconds < 1) return;
  patch.set([...path, "lifecycle", "preStop"], { sleep: { seconds } });
  set.add("preStop");
}

/** The port called http, or else the first one, or else the configured one. */
function readinessPort(container: unknown, limits: Limits): unknown {
  const ports = listMember(container, "ports");
  const port = ports.find((candidate) => stringMember(candidate, "name") === "http") ?? ports[0];
  return member(port, "containerPort") ?? limits.defaults.readinessPort;
}
