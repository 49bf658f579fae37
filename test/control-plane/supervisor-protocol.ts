import * as z from "zod";

const request = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("start"),
    name: z.string(),
    command: z.string(),
    arguments: z.array(z.string()),
    /** The file that takes its output, appended to. */
    log: z.string(),
  }),
  z.strictObject({ action: z.literal("end"), name: z.string(), signal: z.enum(["SIGTERM", "SIGKILL"]) }),
]);

const report = z.discriminatedUnion("report", [
  z.strictObject({ report: z.literal("started"), name: z.string(), pid: z.number() }),
  /** It ended, or could not be started; `reason` is a signal's name, an exit code in words, or spawn's message. */
  z.strictObject({ report: z.literal("ended"), name: z.string(), reason: z.string() }),
]);

/** What a runner asks of the supervisor, one a line. */
export type SupervisorRequest = z.infer<typeof request>;
/** What the supervisor tells the runner, one a line. */
export type SupervisorReport = z.infer<typeof report>;

/** @throws when the line is not a request: both ends are ours, so that is a bug. */
export function parseSupervisorRequest(line: string): SupervisorRequest {
  return request.parse(JSON.parse(line));
}

/** @throws when the line is not a report. */
export function parseSupervisorReport(line: string): SupervisorReport {
  return report.parse(JSON.parse(line));
}
