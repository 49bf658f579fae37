import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";

/** Short, since a rollout whose operator was killed is resumed only after waiting this long. */
const leaseSeconds = 10;

/** The Lease that whoever drives a rollout holds, one in each namespace of records; and who we are. */
export function rolloutLease(namespace: string) {
  return {
    namespace,
    name: "subscribie-rollout",
    holder: `${userName()}@${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`,
    durationSeconds: leaseSeconds,
  };
}

/** Containers of pipelines, and those of OpenShift, run as a user that no password file knows: userInfo then throws. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] || `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
