import type { ApiClient } from "../../shared/cluster/api-client.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import type { Io } from "../io.ts";

/** Something that is wrong: one line that says what, with which object, and how to mend it. */
export interface Finding {
  readonly message: string;
  readonly fix: string;
}

/** What one examination came to. */
export interface Diagnosis {
  readonly check: string;
  /** What was looked at, where all is well. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Why it could not be looked at; then nothing is known. */
  readonly unknown?: string;
}

export interface DoctorContext {
  readonly client: ApiClient;
  readonly io: Io;
  /** Of the sites; undefined for all. */
  readonly namespace: string | undefined;
  /** Of the chart: its webhook, its certificate, and the records of rollouts over all namespaces. */
  readonly systemNamespace: string;
  readonly limits: Limits;
  readonly couchdbUrl: string | undefined;
}

/** One examination. An ApiError 403 that it throws means that the user may not look. */
export interface Examination {
  readonly check: string;
  readonly examine: (context: DoctorContext) => Promise<Omit<Diagnosis, "check">>;
}
