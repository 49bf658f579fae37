import type { Finding } from "./check.ts";
import type { FieldPath } from "./field-path.ts";
import { isObject } from "./json.ts";
import { fieldsOf, isOfKind, valueKinds } from "./known-fields.ts";
import type { FieldShape, KnownType, ValueKind } from "./known-fields.ts";

/** What is wrong with an object's shape, apart from any limit. */
export interface ShapeFindings {
  /** Fields whose value is not of the API's type: the checks cannot read them. */
  readonly malformed: readonly Finding[];
  /** Fields that this version of the policy does not know. */
  readonly unknown: readonly Finding[];
}

/** How many findings of each sort are kept: a hostile object could have a million. */
const maximumFindings = 20;

interface Findings {
  readonly malformed: Finding[];
  readonly unknown: Finding[];
}

/** A path by its last segment: most are never needed, and none is copied on the way down. */
interface Place {
  readonly above: Place | FieldPath;
  readonly segment: string | number;
}

/** Compares a value with what the API says of its type, all the way down. The depth is that of the API's types. */
export function inspectShape(value: unknown, type: KnownType, path: FieldPath): ShapeFindings {
  const findings: Findings = { malformed: [], unknown: [] };
  inspectObject(value, type, path, findings);
  return findings;
}

function inspectObject(value: unknown, type: KnownType, place: Place | FieldPath, findings: Findings): void {
  if (!isObject(value)) {
    report(findings.malformed, place, value, "an object");
    return;
  }
  const known = fieldsOf(type);
  for (const key in value) {
    const shape = known.get(key);
    const field = value[key];
    if (shape === undefined) {
      report(findings.unknown, { above: place, segment: key }, field, "a field that this version knows");
    } else if (field !== null && field !== undefined) inspectField(field, shape, place, key, findings);
  }
}

function inspectField(
  value: unknown,
  shape: FieldShape,
  above: Place | FieldPath,
  segment: string | number,
  findings: Findings,
): void {
  switch (shape.of) {
    case "value":
      if (!isOfKind(value, shape.kind))
        report(findings.malformed, { above, segment }, value, valueKinds[shape.kind]);
      return;
    case "object":
      inspectObject(value, shape.type, { above, segment }, findings);
      return;
    case "list":
      if (!Array.isArray(value)) report(findings.malformed, { above, segment }, value, "a list");
      else inspectList(value, shape.item, { above, segment }, findings);
      return;
    case "map":
      if (!isObject(value)) report(findings.malformed, { above, segment }, value, "a map");
      else inspectMap(value, shape.kind, { above, segment }, findings);
      return;
  }
}

function inspectList(list: readonly unknown[], item: FieldShape, place: Place, findings: Findings): void {
  for (let index = 0; index < list.length; index += 1)
    inspectField(list[index], item, place, index, findings);
}

function inspectMap(
  map: Readonly<Record<string, unknown>>,
  kind: ValueKind,
  place: Place,
  findings: Findings,
): void {
  for (const key of Object.keys(map)) {
    if (!isOfKind(map[key], kind))
      report(findings.malformed, { above: place, segment: key }, map[key], valueKinds[kind]);
  }
}

function report(findings: Finding[], place: Place | FieldPath, value: unknown, allowed: string): void {
  if (findings.length < maximumFindings) findings.push({ path: pathTo(place), value, allowed });
}

function pathTo(place: Place | FieldPath): FieldPath {
  return "segment" in place ? [...pathTo(place.above), place.segment] : place;
}
