import type { IncomingMessage } from "node:http";

/**
 * An UPDATE carries two objects of at most 3 MiB each (the API server's own limit for a request, and etcd's for an
 * object is half of that) and a little around them.
 */
export const maximumBodyBytes = 7 * 1024 * 1024;

/** Why a body was not read: an HTTP status, and one line. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly status: 400 | 408 | 413 | 415 | 503;

  constructor(status: BodyError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads bodies whole, each and all together within bounds. */
export interface BodyReader {
  read(request: IncomingMessage): Promise<Buffer>;
}

/** @param maximumBufferedBytes of all bodies that are being read or judged at one time */
export function createBodyReader(maximumBufferedBytes: number): BodyReader {
  let buffered = 0;

  async function read(request: IncomingMessage): Promise<Buffer> {
    checkHeaders(request);
    const chunks: Buffer[] = [];
    let length = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const take = (chunk: Buffer) => {
      length += chunk.length;
      buffered += chunk.length;
      if (length > maximumBodyBytes) reject(tooLarge());
      else if (buffered > maximumBufferedBytes) reject(new BodyError(503, "too many large requests at once"));
      else chunks.push(chunk);
    };
    const breakOff = () => {
      // Every request closes; only one that closes early is a mistake.
      if (!request.complete) reject(new BodyError(400, "the request ended before its body did"));
    };
    request.on("data", take).on("end", resolve).on("error", breakOff).on("close", breakOff);
    try {
      await promise;
    } finally {
      request.off("data", take).off("end", resolve).off("close", breakOff);
      buffered -= length;
    }
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
  }

  return { read };
}

/** What of a refused body is read before its connection is cut. */
const maximumDiscardedBytes = 32 * 1024 * 1024;

/**
 * Reads what is left of a refused request's body and throws it away: a client that is still writing would otherwise
 * see a broken connection instead of the answer.
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let discarded = 0;
  request.on("end", resolve).on("close", resolve).on("error", resolve);
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > maximumDiscardedBytes) request.destroy();
  });
  await promise;
}

function checkHeaders({ headers }: IncomingMessage): void {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw new BodyError(415, "the Content-Type has to be application/json");
  }
  // The API server never compresses; a small body that grows when unpacked is an attack.
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new BodyError(415, "a Content-Encoding is not accepted");
  }
  if (Number(headers["content-length"] ?? 0) > maximumBodyBytes) throw tooLarge();
}

function tooLarge(): BodyError {
  return new BodyError(413, `the body is larger than ${maximumBodyBytes} bytes`);
}
