import { Document, isMap, isScalar, type YAMLMap } from "yaml";
import * as z from "zod";
import { valuesSchema } from "./values.ts";

/** What of a JSON Schema the tables and the comments are made of. */
const nodeSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
});

type SchemaNode = z.infer<typeof nodeSchema>;

/** A value of the chart: where it is, its default, and what it is for. */
interface Value {
  readonly path: readonly string[];
  readonly type: string;
  readonly fallback: unknown;
  readonly description: string;
}

/** Values that are files of their own: a table each, and empty in values.yaml. */
const files = ["limits", "siteDefaults"];

/** Draft 7, because Helm 3.16's validator knows no newer one. */
function jsonSchema(): object {
  return z.toJSONSchema(valuesSchema, { io: "input", target: "draft-7" });
}

/**
 * The generated files of the chart, by name.
 *
 * @param readme the README as it is; what is between its markers is made anew
 */
export function chartFiles(readme: string): Readonly<Record<string, string>> {
  return {
    "values.yaml": valuesYaml(),
    "values.schema.json": `${JSON.stringify(jsonSchema(), undefined, 2)}\n`,
    "README.md": withTables(readme),
  };
}

function collectValues(): readonly Value[] {
  return [...walk(nodeSchema.parse(jsonSchema()), valuesSchema.parse({}), [])];
}

function* walk(node: SchemaNode, fallback: unknown, path: readonly string[]): Generator<Value> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const value = z.record(z.string(), z.unknown()).optional().parse(fallback)?.[key];
    const at = [...path, key];
    const isOneValue = child.properties === undefined || value === undefined;
    // An object that is described is for one thing: its fields are Kubernetes' own.
    const isDescribed = child.description !== undefined && !files.includes(key);
    if (isOneValue || isDescribed) yield describe(child, value, at);
    else yield* walk(child, value, at);
  }
}

function describe(node: SchemaNode, fallback: unknown, path: readonly string[]): Value {
  const type =
    node.enum === undefined
      ? [node.type ?? typeof fallback].flat().join(" or ")
      : node.enum.map((option) => JSON.stringify(option)).join(", ");
  return { path, type, fallback, description: node.description ?? "" };
}

function isOfFile({ path }: Value): boolean {
  return files.includes(path[0] ?? "");
}

/** values.yaml: every value with its default, and what it is for above it. */
function valuesYaml(): string {
  const document = new Document(valuesSchema.parse({}));
  document.commentBefore =
    " Generated from charts/values.ts by npm run generate:chart: change it there.\n Every value is described in README.md too; a value that is not in here is refused.";
  document.delete("global");
  const root: unknown = document.contents;
  for (const file of files) document.set(file, document.createNode({}, { flow: true }));
  const descriptions = new Map(collectValues().map((value) => [value.path.join("."), value.description]));
  descriptions.set("limits", "The policy's limits: README.md lists every field and its default.");
  descriptions.set(
    "siteDefaults",
    "What new sites are made of: README.md lists every field and its default.",
  );
  if (isMap(root)) comment(root, [], descriptions);
  return document.toString({ lineWidth: 0 });
}

function comment(map: YAMLMap, path: readonly string[], descriptions: ReadonlyMap<string, string>): void {
  for (const [index, pair] of map.items.entries()) {
    if (!isScalar(pair.key)) continue;
    const childPath = [...path, String(pair.key.value)];
    const description = descriptions.get(childPath.join("."));
    if (description !== undefined && description !== "") pair.key.commentBefore = ` ${description}`;
    if (path.length === 0 && index > 0) pair.key.spaceBefore = true;
    if (isMap(pair.value) && description === undefined) comment(pair.value, childPath, descriptions);
  }
}

/** The README with its tables made anew. */
function withTables(readme: string): string {
  const values = collectValues();
  const tables = {
    values: table(values.filter((value) => !isOfFile(value))),
    limits: table(ofFile(values, "limits")),
    "site-defaults": table(ofFile(values, "siteDefaults")),
  };
  return Object.entries(tables).reduce(
    (text, [name, content]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`),
        (_, before: string, after: string) => `${before}${content}${after}`,
      ),
    readme,
  );
}

function ofFile(values: readonly Value[], file: string): readonly Value[] {
  return values.filter(({ path }) => path[0] === file && path.length > 1);
}

function table(values: readonly Value[]): string {
  const rows = values.map(({ path, type, fallback, description }) => [
    code(path.join(".")),
    code(type),
    fallback === undefined ? "" : code(JSON.stringify(fallback)),
    description,
  ]);
  const isDescribed = values.some(({ description }) => description !== "");
  const header = ["Value", "Type", "Default", "What it is"];
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.slice(0, isDescribed ? 4 : 3).join(" | ")} |\n`)
    .join("");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
