import { ApiError } from "../../shared/cluster/api-error.ts";
import type { FlagValues } from "../command.ts";
import type { doctorFlags } from "../commands/doctor.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { readLimitsInForce } from "../lint/read-limits-in-force.ts";
import { certificate } from "./certificate.ts";
import type { Diagnosis, DoctorContext, Examination } from "./diagnosis.ts";
import { namespaces } from "./namespaces.ts";
import { commandAccess } from "./permissions.ts";
import { pods } from "./pods.ts";
import { queue } from "./queue.ts";
import { rollouts } from "./rollouts.ts";
import { sites } from "./sites.ts";
import { versions } from "./versions.ts";
import { webhookAnswer } from "./webhook-answer.ts";
import { webhooks } from "./webhooks.ts";
import { writeReport } from "./write-report.ts";

/** In the order of the report: what the later ones need comes first. */
const examinations: readonly Examination[] = [
  versions,
  webhooks,
  certificate,
  webhookAnswer,
  namespaces,
  sites,
  pods,
  rollouts,
  queue,
];

/** Examines the installation, prints what was found and how to mend it; 1 on any finding. */
export async function runDoctor(flags: FlagValues<typeof doctorFlags>, io: Io): Promise<number> {
  const client = connect(flags, io);
  try {
    const limits = await readLimitsInForce(flags, client, io);
    const context: DoctorContext = {
      client,
      io,
      namespace: flags["all-namespaces"] ? undefined : client.namespace,
      systemNamespace: flags["system-namespace"],
      limits,
      couchdbUrl: flags["couchdb-url"],
    };
    // A cluster that does not answer at all ends here, with one error instead of one for each examination.
    const first = await examine(versions, context);
    const [access, ...others] = await Promise.all([
      commandAccess(client, context.namespace, io.signal),
      ...examinations.slice(1).map(async (examination) => await examine(examination, context)),
    ]);
    const diagnoses = [first, ...others];
    await writeReport(diagnoses, access, flags.output, io);
    return diagnoses.every(({ findings }) => findings.length === 0) ? exitCodes.done : exitCodes.failed;
  } finally {
    client.close();
  }
}

async function examine({ check, examine: look }: Examination, context: DoctorContext): Promise<Diagnosis> {
  try {
    return { check, ...(await look(context)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // What cannot be looked at is told apart from what is well.
    return { check, summary: "", findings: [], unknown: error.message };
  }
}
