import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { chartFiles } from "../../charts/chart-files.ts";
import packageJson from "../../package.json" with { type: "json" };

const chart = new URL("../../charts/subscribie/", import.meta.url);

async function read(name: string): Promise<string> {
  return await readFile(new URL(name, chart), "utf8");
}

test.each(["values.yaml", "values.schema.json", "README.md"])(
  "%s is what node charts/generate.ts writes",
  async (name) => {
    const files = chartFiles(await read("README.md"));
    expect(files[name]).toBe(await read(name));
  },
);

test("the chart, the program and the image have one version", async () => {
  const text = await read("Chart.yaml");
  expect(text).toMatch(new RegExp(`^version: ${packageJson.version}$`, "m"));
  expect(text).toMatch(new RegExp(`^appVersion: ${packageJson.version}$`, "m"));
});

/** Values whose keys are the operator's own: names of labels, variables, controls and resources, and parts of pods. */
const openValues = [
  /^global$/,
  /^limits\.(?:controls|resources\.(?:minimum|maximum)|defaults\.(?:requests|limits))$/,
  /^siteDefaults\.(?:env|ingress\.annotations|networkPolicy\.ingressNamespaceLabels)$/,
  /^(?:webhook|deployer)\.(?:nodeSelector|podLabels|podAnnotations)$/,
  /^(?:webhook|deployer)\.affinity\.(?:nodeAffinity|podAffinity|podAntiAffinity)$/,
  /^(?:webhook|deployer)\.resources\.(?:requests|limits|claims\.\*)$/,
  /^webhook\.topologySpreadConstraints\.\*\.labelSelector$/,
  /^monitoring\.(?:serviceMonitor|alerts)\.labels$/,
];

interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly additionalProperties?: unknown;
}

/** The paths of all objects in a schema that take any key. */
function openObjects(node: SchemaNode, path: readonly string[] = []): readonly string[] {
  const isOpen = [node.type ?? []].flat().includes("object") && node.additionalProperties !== false;
  return [
    ...(isOpen ? [path.join(".")] : []),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => openObjects(child, [...path, key])),
    ...(node.items === undefined ? [] : openObjects(node.items, [...path, "*"])),
    ...(node.anyOf ?? []).flatMap((choice) => openObjects(choice, path)),
  ];
}

test("the schema takes no key that is nobody's, at any depth", async () => {
  const schema: SchemaNode = JSON.parse(await read("values.schema.json"));
  const open = openObjects(schema);
  expect(open.filter((path) => !openValues.some((pattern) => pattern.test(path)))).toEqual([]);
  expect(open).toContain("limits.controls");
});
