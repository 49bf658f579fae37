import { expect, it } from "vitest";
import * as z from "zod";
import { configurationSchema } from "../../../plugin/configuration/configuration-file.ts";

/** The published file is made from the schema: `npx vitest run -u` on this file writes it. */
it("the published JSON Schema of the configuration is that of the code", async () => {
  const text = `${JSON.stringify(z.toJSONSchema(configurationSchema, { io: "input" }), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../../plugin/configuration/configuration.schema.json");
});
