import { createServer } from "node:http";
import { expect, it } from "vitest";
import { BodyError, createBodyReader } from "../../webhook/body.ts";

/** Posts to a server whose reader holds so much, and resolves with what the reader made of it. */
async function readWith(maximumBufferedBytes: number, body: string): Promise<string> {
  const reader = createBodyReader(maximumBufferedBytes);
  const server = createServer((request, response) => {
    reader.read(request).then(
      (read) => response.end(String(read.length)),
      (error: unknown) => response.end(error instanceof BodyError ? String(error.status) : "unknown"),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    const headers = { "content-type": "application/json; charset=utf-8" };
    const first = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
    const text = await first.text();
    // What was refused or read is not counted any more.
    const second = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: "{}" });
    return `${text}, then ${await second.text()}`;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it("reads a body whole", async () => {
  expect(await readWith(1_000_000, "x".repeat(200_000))).toBe("200000, then 2");
});

it("refuses with 503 what would be too much together with all others", async () => {
  expect(await readWith(1000, "x".repeat(2000))).toBe("503, then 2");
});
