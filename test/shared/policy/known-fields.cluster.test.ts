import { expect, it } from "vitest";
import * as z from "zod";
import { fieldsOf, knownTypes, valueKinds } from "../../../shared/policy/known-fields.ts";
import type { FieldShape, KnownType } from "../../../shared/policy/known-fields.ts";
import { client } from "../../control-plane/test-cluster.ts";

const typeSchema = z.object({
  $ref: z.string().optional(),
  type: z.string().optional(),
  get items() {
    return typeSchema.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), typeSchema]).optional();
  },
});
const openApiSchema = z.object({
  definitions: z.record(z.string(), z.object({ properties: z.record(z.string(), typeSchema).optional() })),
});
type ApiType = z.output<typeof typeSchema>;

/** What the API calls its special scalars; the list has names of its own for them. */
const scalars: ReadonlyMap<string, string> = new Map([
  ["Time", "a string"],
  ["IntOrString", "a whole number or a string"],
  ["Quantity", "a quantity"],
  ["FieldsV1", "anything"],
  ["ManagedFieldsEntry", "anything"],
  ["string", "a string"],
  ["integer", "a whole number"],
  ["boolean", "true or false"],
]);

const lastPart = (reference: string) => reference.slice(reference.lastIndexOf(".") + 1);

function describeApiType(type: ApiType): string {
  if (type.$ref !== undefined) {
    const name = lastPart(type.$ref);
    return scalars.get(name) ?? name;
  }
  if (type.type === "array" && type.items !== undefined) return `[${describeApiType(type.items)}]`;
  if (type.type === "object" && typeof type.additionalProperties === "object") {
    return `<${describeApiType(type.additionalProperties)}>`;
  }
  return scalars.get(type.type ?? "") ?? "anything";
}

function describeShape(shape: FieldShape): string {
  if (shape.of === "object") return shape.type;
  if (shape.of === "list") return `[${describeShape(shape.item)}]`;
  const description = valueKinds[shape.kind];
  return shape.of === "map" ? `<${description}>` : description;
}

/** Volume sources that no limit allows are looked into by nobody. */
const isOpaque = (shape: string) => shape === "an object" || shape === "anything";

const definitionsByName = async () => {
  const { body } = await client.request("GET", "/openapi/v2");
  const wanted = Object.entries(openApiSchema.parse(body).definitions).filter(([name]) =>
    /^io\.k8s\.(api\.(core|apps|autoscaling)\.v1|apimachinery\.pkg\.apis\.meta\.v1)\./.test(name),
  );
  return new Map(wanted.map(([name, { properties }]) => [lastPart(name), properties ?? {}]));
};

it("knows every field of every type that makes up a pod, as the API server's own OpenAPI document has them", async () => {
  const definitions = await definitionsByName();
  const fieldsOfApi = (type: KnownType) =>
    Object.fromEntries(
      Object.entries(definitions.get(type) ?? {}).map(([field, description]) => {
        const known = fieldsOf(type).get(field);
        const shown = known === undefined ? undefined : describeShape(known);
        return [field, shown !== undefined && isOpaque(shown) ? shown : describeApiType(description)];
      }),
    );
  const fieldsOfList = (type: KnownType) =>
    Object.fromEntries([...fieldsOf(type)].map(([field, shape]) => [field, describeShape(shape)]));
  expect(Object.fromEntries(knownTypes.map((type) => [type, fieldsOfList(type)]))).toEqual(
    Object.fromEntries(knownTypes.map((type) => [type, fieldsOfApi(type)])),
  );
});
