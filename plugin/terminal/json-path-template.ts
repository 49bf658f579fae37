import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";
import { showValue, valuesAt } from "./json-path.ts";

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "range"; readonly path: string; readonly parts: readonly Part[] };

/**
 * Fills a template as `kubectl -o jsonpath=` does: text, paths in braces, `{"\n"}`, and `{range PATH}…{end}`. Several
 * values of one path are joined by spaces. A template without braces is a path.
 *
 * @see https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function fillTemplate(template: string, json: object): string {
  return fill(parseTemplate(template), json);
}

function fill(parts: readonly Part[], json: null | boolean | number | string | object): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      const values = valuesAt(part.path, json);
      if (part.kind === "path") return values.map(showValue).join(" ");
      return values.map((value) => fill(part.parts, isJson(value) ? value : null)).join("");
    })
    .join("");
}

function isJson(value: unknown): value is null | boolean | number | string | object {
  return value !== undefined;
}

function parseTemplate(template: string): readonly Part[] {
  if (!template.includes("{")) return [{ kind: "path", path: template }];
  const top: Part[] = [];
  const open: { readonly path: string; readonly parts: Part[] }[] = [];
  const add = (part: Part) => (open.at(-1)?.parts ?? top).push(part);
  // A string in braces may hold a brace itself.
  for (const [, text, content] of template.matchAll(
    /([^{]+)|\{((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^{}"'])*)\}|\{/g,
  )) {
    if (text !== undefined) add({ kind: "text", text });
    else if (content === undefined) throw broken(template);
    else if (/^\s*end\s*$/.test(content)) {
      const range = open.pop();
      if (range === undefined) throw broken(template);
      add({ kind: "range", ...range });
    } else if (/^\s*range\s/.test(content)) {
      open.push({ path: content.trim().slice("range".length), parts: [] });
    } else add(literal(content) ?? { kind: "path", path: content });
  }
  if (open.length > 0) throw broken(template);
  return top;
}

function literal(content: string): Part | undefined {
  const quoted = /^\s*(["'])(.*)\1\s*$/s.exec(content)?.[2];
  if (quoted === undefined) return undefined;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return {
    kind: "text",
    text: quoted.replace(/\\(.)/gs, (_, character: string) => escapes[character] ?? character),
  };
}

function broken(template: string): UsageError {
  return new UsageError(
    `the jsonpath template '${printable(template, 100)}' cannot be used: braces and {range} ... {end} come in pairs`,
  );
}
