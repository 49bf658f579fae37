import type { Finding } from "./check.ts";
import type { FieldPath } from "./field-path.ts";
import { isObject } from "./json.ts";
import { fieldsOf } from "./known-fields.ts";
import type { FieldShape, KnownType } from "./known-fields.ts";

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

/** Compares a value with what the API says of its type, all the way down. The depth is that of the API's types. */
export function inspectShape(value: unknown, type: KnownType, path: FieldPath): ShapeFindings {
  const findings: Findings = { malformed: [], unknown: [] };
  inspectObject(value, type, path, findings);
  return findings;
}

function inspectObject(value: unknown, type: KnownType, path: FieldPath, findings: Findings): void {
  if (!isObject(value)) {
    report(findings.malformed, path, value, "an object");
    return;
  }
  const known = fieldsOf(type);
  for (const key of Object.keys(value)) {
    const shape = known.get(key);
    const field = value[key];
    if (shape === undefined)
      report(findings.unknown, [...path, key], field, "a field that this version knows");
    else if (field !== null && field !== undefined) inspectField(field, shape, path, key, findings);
  }
}

function inspectField(
  value: unknown,
  shape: FieldShape,
  path: FieldPath,
  key: string,
  findings: Findings,
): void {
  switch (shape.of) {
    case "value":
      if (!shape.matches(value)) report(findings.malformed, [...path, key], value, shape.description);
      return;
    case "object":
      inspectObject(value, shape.type, [...path, key], findings);
      return;
    case "list":
      inspectList(value, shape.item, path, key, findings);
      return;
    case "map":
      if (!isObject(value)) report(findings.malformed, [...path, key], value, "a map");
      else inspectMap(value, shape.matches, shape.description, [...path, key], findings);
      return;
  }
}

function inspectList(
  value: unknown,
  item: Extract<FieldShape, { of: "value" | "object" }>,
  path: FieldPath,
  key: string,
  findings: Findings,
): void {
  if (!Array.isArray(value)) {
    report(findings.malformed, [...path, key], value, "a list");
    return;
  }
  for (const [index, element] of value.entries()) {
    if (item.of === "object") inspectObject(element, item.type, [...path, key, index], findings);
    else if (!item.matches(element)) {
      report(findings.malformed, [...path, key, index], element, item.description);
    }
  }
}

function inspectMap(
  map: Readonly<Record<string, unknown>>,
  matches: (value: unknown) => boolean,
  description: string,
  path: FieldPath,
  findings: Findings,
): void {
  for (const key of Object.keys(map)) {
    if (!matches(map[key])) report(findings.malformed, [...path, key], map[key], description);
  }
}

function report(findings: Finding[], path: FieldPath, value: unknown, allowed: string): void {
  if (findings.length < maximumFindings) findings.push({ path, value, allowed });
}
