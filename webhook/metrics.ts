import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AdmissionRequest } from "./admission-review.ts";
import type { Evaluation } from "../shared/policy/evaluate.ts";

/** What an endpoint answered, as a metric's label. */
export type Outcome = "allowed" | "patched" | "denied" | "malformed" | "refused" | "error";

const operations: ReadonlySet<string> = new Set(["CREATE", "UPDATE", "DELETE", "CONNECT"]);

/** The figures that this webhook keeps of itself; the event loop's lag is among the runtime's own. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = this.#counter("requests_total", "Answers by endpoint, operation and outcome", [
    "endpoint",
    "operation",
    "outcome",
    "dry_run",
  ]);
  readonly #violations = this.#counter("violations_total", "Violations by control and what became of them", [
    "control",
    "mode",
  ]);
  readonly #reloadFailures = this.#counter(
    "reload_failures_total",
    "Files that changed and could not be used",
    ["file"],
  );
  readonly #duration = new Histogram({
    name: "subscribie_webhook_request_duration_seconds",
    help: "From the first byte of a request to its answer",
    labelNames: ["endpoint"],
    buckets: [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  readonly #bodyBytes = new Histogram({
    name: "subscribie_webhook_request_body_bytes",
    help: "Size of the requests' bodies",
    buckets: [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304],
    registers: [this.registry],
  });
  readonly #inFlight = this.#gauge("in_flight_requests", "Requests that are being answered");
  readonly #certificateExpiry = this.#gauge(
    "certificate_not_after_seconds",
    "When the serving certificate expires, in seconds since 1970",
  );
  readonly #limits = this.#gauge("limits_info", "The limits in force; the version is a digest", ["version"]);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  countRequest(endpoint: string, request: AdmissionRequest | undefined, outcome: Outcome): void {
    const operation =
      request === undefined ? "none" : operations.has(request.operation) ? request.operation : "other";
    this.#requests.inc({ endpoint, operation, outcome, dry_run: String(request?.dryRun === true) });
  }

  countViolations({ violations, warned, audits, exempted }: Evaluation): void {
    for (const { control } of violations) this.#violations.inc({ control, mode: "deny" });
    for (const { control } of warned) this.#violations.inc({ control, mode: "warn" });
    for (const { control } of audits) this.#violations.inc({ control, mode: "audit" });
    for (const { violation } of exempted)
      this.#violations.inc({ control: violation.control, mode: "exempt" });
  }

  requestStarted(): void {
    this.#inFlight.inc();
  }

  requestEnded(endpoint: string, seconds: number): void {
    this.#inFlight.dec();
    this.#duration.observe({ endpoint }, seconds);
  }

  bodyRead(bytes: number): void {
    this.#bodyBytes.observe(bytes);
  }

  reloadFailed(file: "limits" | "certificate"): void {
    this.#reloadFailures.inc({ file });
  }

  certificateLoaded(notAfter: Date): void {
    this.#certificateExpiry.set(notAfter.getTime() / 1000);
  }

  limitsLoaded(version: string): void {
    this.#limits.reset();
    this.#limits.set({ version }, 1);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `subscribie_webhook_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
    return new Gauge({ name: `subscribie_webhook_${name}`, help, labelNames, registers: [this.registry] });
  }
}
