import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import jsonPatch from "fast-json-patch";
import { stringify } from "yaml";
import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { deploymentPath } from "./patch-site.ts";
import type { PreparedRollout } from "./prepare-rollout.ts";

/** What a rollout may change of a Deployment. */
const changedSchema = z.object({
  metadata: z.object({ annotations: z.unknown().optional() }),
  spec: z.object({ template: z.unknown() }),
});

/** Writes what each site's PATCH would do to stderr as a unified diff of YAML, by applying it to the live Deployment. */
export async function writeDiff(
  { plan, patchOf }: PreparedRollout,
  client: ApiClient,
  io: Io,
): Promise<void> {
  for (const site of plan.sites) {
    if (site.action !== "update" || site.change === undefined) continue;
    const { body } = await client.request({ method: "GET", path: deploymentPath(site), signal: io.signal });
    const changes = patchOf(site).operations.filter(({ op }) => op !== "test");
    const before = stringify(changedSchema.parse(body));
    const { newDocument } = jsonPatch.applyPatch(body, changes, false, false);
    const after = stringify(changedSchema.parse(newDocument));
    const diff = createTwoFilesPatch(siteKey(site), siteKey(site), before, after, "live", "planned", {
      headerOptions: FILE_HEADERS_ONLY,
    });
    for (const line of diff.split("\n")) io.stderr.write(`${printable(line, 2_000)}\n`);
  }
}
