import type { Io } from "../io.ts";
import { CommandError } from "../errors.ts";
import { printable } from "../../shared/text/printable.ts";
import { deriveSiteName } from "../../shared/site/site-name.ts";
import { filesDatabase } from "../../shared/site/site-owner.ts";
import { parseSiteRequest } from "../../shared/site/site-request.ts";
import type { RequestDeployer } from "./deploy-request.ts";
import { DeployerDisabledError } from "./deploy-request.ts";
import { readPayloads } from "./read-payloads.ts";
import type { NamedPayload } from "./read-payloads.ts";
import type { SiteResult } from "./site-result.ts";
import { createSlots } from "./slots.ts";

/** Payloads that are waited for at a time. */
const mostInFlight = 200;

/** Deploys shop payloads from files, without a queue. The same company's file brings its site up to date. */
export async function deployFiles(
  files: readonly string[],
  deploy: RequestDeployer,
  io: Io,
  onResult: (result: SiteResult) => void,
): Promise<void> {
  const payloads = await readPayloads(files, io);
  const slots = createSlots(mostInFlight);
  await Promise.all(
    payloads.map(async (payload) => {
      await slots.run(async () => onResult(await deployPayload(payload, deploy, io)));
    }),
  );
}

async function deployPayload(
  { source, payload }: NamedPayload,
  deploy: RequestDeployer,
  io: Io,
): Promise<SiteResult> {
  const parsed = parseSiteRequest(payload);
  if (!parsed.ok) return { document: source, outcome: "rejected", reasons: parsed.reasons };
  const name = deriveSiteName(parsed.request.companyName);
  if (!name.ok) return { document: source, outcome: "rejected", reasons: [name.reason] };
  const { siteName } = name;
  const startedAt = io.now();
  try {
    const outcome = await deploy(parsed.request, name, { database: filesDatabase, document: siteName });
    const milliseconds = io.now() - startedAt;
    return outcome.kind === "rejected"
      ? { document: source, siteName, outcome: "rejected", reasons: outcome.reasons }
      : { document: source, siteName, outcome: "deployed", url: outcome.url, milliseconds, reasons: [] };
  } catch (error) {
    if (io.signal.aborted || error instanceof DeployerDisabledError) throw error;
    if (!(error instanceof CommandError)) throw error;
    return { document: source, siteName, outcome: "failed", reasons: [printable(error.message, 1000)] };
  }
}
