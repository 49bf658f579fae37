import type { Check, Finding, Mode, Report } from "./check.ts";
import { fieldIdentities } from "./field-identity.ts";
import type { FieldIdentities } from "./field-identity.ts";
import { renderPath } from "./field-path.ts";
import { isObject, jsonEqual, stringMember } from "./json.ts";
import type { Exemption, Limits } from "./limits.ts";
import { checks } from "./registry.ts";
import { kindInOtherCase, parseSubject } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { createViolation, describeValue } from "./violation.ts";
import type { Violation } from "./violation.ts";

/** What is known of the request besides the object. */
export interface EvaluationContext {
  readonly operation: "CREATE" | "UPDATE";
  /** The request's namespace: what the object says of itself is the author's. */
  readonly namespace: string | undefined;
  /** What an UPDATE replaces. */
  readonly oldObject?: unknown;
  /** Milliseconds since 1970: exemptions expire. */
  readonly now: number;
}

/** What the policy says of an object. Every list is in the order of the controls. */
export interface Evaluation {
  /** What refuses the object. */
  readonly violations: readonly Violation[];
  /** What the author should know, one line each: controls in warn mode, and on an UPDATE what was so before. */
  readonly warnings: readonly string[];
  /** The violations behind `warnings`. */
  readonly warned: readonly Violation[];
  /** Violations of controls in audit mode. */
  readonly audits: readonly Violation[];
  /** Violations that the operator exempts, and why. */
  readonly exempted: readonly { readonly violation: Violation; readonly reason: string }[];
}

/** Findings of one control that are told apart. An object with more of them is refused, also when it had them before. */
const maximumFindings = 500;

/**
 * Holds an object against the limits: a Deployment as a site, other kinds that make pods by the pod's controls, a
 * Scale by its replicas. Any other object has no violations. Never throws, whatever the object is.
 *
 * On an UPDATE, a violation that the old object has too, at the same field with the same value, warns instead of
 * denying: tightened limits never stop an upgrade, a rollback or a finalizer.
 */
export function evaluate(object: unknown, limits: Limits, context: EvaluationContext): Evaluation {
  const evaluation = {
    violations: [] as Violation[],
    warnings: [] as string[],
    warned: [] as Violation[],
    audits: [] as Violation[],
    exempted: [] as { violation: Violation; reason: string }[],
  };
  if (!isObject(object) || stringMember(object, "kind") === undefined) {
    evaluation.violations.push(
      createViolation(
        "well-formed",
        "kind",
        isObject(object) ? "nothing" : describeValue(object),
        "an object with a kind",
      ),
    );
    return evaluation;
  }
  const subject = parseSubject(object);
  if (subject === undefined) {
    const kind = stringMember(object, "kind") ?? "";
    const meant = kindInOtherCase(kind);
    if (meant !== undefined)
      evaluation.violations.push(createViolation("well-formed", "kind", describeValue(kind), meant));
    return evaluation;
  }
  const oldSubject = context.operation === "UPDATE" ? parseSubject(context.oldObject) : undefined;
  const collector = createCollector();
  let identities: FieldIdentities | undefined;
  for (const check of checks) {
    const findings = find(check, subject, limits, collector);
    if (findings.length === 0) continue;
    const mode = modeOf(check, limits);
    const exemption = exemptionFor(check, subject, limits, context);
    const known =
      oldSubject === undefined
        ? noKnown
        : knownFindings(
            check,
            oldSubject,
            limits,
            (identities ??= fieldIdentities(object, context.oldObject)),
          );
    for (const finding of findings) {
      const violation = violationOf(check, finding);
      if (exemption !== undefined) evaluation.exempted.push({ violation, reason: exemption.reason });
      else if (mode === "audit") evaluation.audits.push(violation);
      else if (mode === "warn" || known(finding)) {
        evaluation.warned.push(violation);
        evaluation.warnings.push(violation.message);
      } else evaluation.violations.push(violation);
    }
  }
  return evaluation;
}

/** The mode that a control has under these limits. */
export function modeOf(check: Check, limits: Limits): Mode {
  return limits.controls[check.id] ?? check.mode;
}

function find(check: Check, subject: Subject, limits: Limits, collector: Collector): readonly Finding[] {
  if (check.level === "restricted" && limits.podSecurity !== "restricted") return nothingFound;
  if (check.scope === "pod") {
    if (subject.pod !== undefined) check.find(collector.report, subject.pod, limits, subject);
  } else if (check.scope === "site" ? subject.kind === "site" : subject.kind !== "workload") {
    check.find(collector.report, subject, limits);
  }
  return collector.take();
}

/** Takes the findings of one check after the other. One serves all of them: a review is some seventy checks. */
interface Collector {
  readonly report: Report;
  /** What was reported since the last time. */
  readonly take: () => readonly Finding[];
}

function createCollector(): Collector {
  // Most checks find nothing: no list is made for them.
  let findings: Finding[] | undefined;
  return {
    report(finding) {
      findings ??= [];
      if (findings.length < maximumFindings) findings.push(finding);
      else if (findings.length === maximumFindings) findings.push(andMore(finding));
    },
    take() {
      if (findings === undefined) return nothingFound;
      const taken = findings;
      findings = undefined;
      return taken;
    },
  };
}

const nothingFound: readonly Finding[] = [];

/** Stands for all that was found besides. No object has its value: it is never the same as the old object's. */
function andMore(finding: Finding): Finding {
  return { ...finding, value: Number.NaN, found: "and more", allowed: "fewer violations" };
}

function noKnown(): boolean {
  return false;
}

/** Tells whether the old object has a finding of the same control, at the same field, with the same value. */
function knownFindings(
  check: Check,
  oldSubject: Subject,
  limits: Limits,
  { ofOld, ofNew }: FieldIdentities,
): (finding: Finding) => boolean {
  const oldValues = new Map<string, unknown>();
  for (const { path, value } of find(check, oldSubject, limits, createCollector()))
    oldValues.set(ofOld(path), value);
  if (oldValues.size === 0) return noKnown;
  return ({ path, value }) => {
    if (Number.isNaN(value)) return false;
    const key = ofNew(path);
    return oldValues.has(key) && jsonEqual(oldValues.get(key), value);
  };
}

function exemptionFor(
  check: Check,
  subject: Subject,
  limits: Limits,
  { namespace, now }: EvaluationContext,
): Exemption | undefined {
  return limits.exemptions.find(
    (exemption) =>
      exemption.controls.includes(check.id) &&
      (exemption.namespace === undefined || exemption.namespace === namespace) &&
      (exemption.site === undefined || exemption.site === subject.siteName) &&
      now < Date.parse(exemption.expires),
  );
}

function violationOf(check: Check, { path, value, found, allowed }: Finding): Violation {
  return createViolation(check.id, renderPath(path), found ?? describeValue(value), allowed);
}
