import { CommandError } from "../errors.ts";

/** CouchDB refused a request. */
export class QueueError extends CommandError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** CouchDB gave no answer, or broke off in the middle of one. */
export class QueueUnreachableError extends CommandError {}

/** Whether the same request may succeed a while later. */
export function isTemporaryQueueError(error: unknown): boolean {
  if (error instanceof QueueUnreachableError) return true;
  return error instanceof QueueError && (error.status === 429 || error.status >= 500);
}
