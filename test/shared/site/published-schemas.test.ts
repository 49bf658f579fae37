import { describe, expect, it } from "vitest";
import * as z from "zod";
import { hostingSchema } from "../../../shared/site/hosting.ts";
import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";
import { siteRequestSchema } from "../../../shared/site/site-request.ts";

/** The published files are made from the schemas: `npx vitest run -u` on this file writes them. */
describe("the published JSON Schema", () => {
  it.each([
    ["hosting", hostingSchema],
    ["site-defaults", siteDefaultsSchema],
    ["site-request", siteRequestSchema],
  ])("of %s is that of the code", async (name, schema) => {
    const text = `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../../shared/site/${name}.schema.json`);
  });
});
