import type { Violation } from "../shared/policy/violation.ts";

/** What fits a terminal, and stays far below what the API server carries. */
const maximumLines = 40;
const maximumLength = 8000;

/**
 * Why an object was refused: every violation in a line of its own, since the API server shows the message of one
 * webhook only and kubectl prints it as it is.
 */
export function denialMessage(violations: readonly Violation[]): string {
  const count = violations.length === 1 ? "1 violation" : `${violations.length} violations`;
  const lines = [`${count} of the limits for sites:`];
  let length = 0;
  for (const [index, { message }] of violations.entries()) {
    length += message.length;
    if (index === maximumLines || length > maximumLength) {
      lines.push(`  … and ${violations.length - index} more; kubectl subscribie lint -f FILE lists them all`);
      break;
    }
    lines.push(`  ${message}`);
  }
  return lines.join("\n");
}
