import https from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { secureContext } from "./serving-certificate.ts";
import type { ServingCertificate } from "./serving-certificate.ts";

/**
 * The API server keeps connections open for reuse and closes idle ones after 90 s; a server that closes first can
 * break a request that is on its way. Slow clients get little: a review comes from the API server in one go.
 */
const timeouts = {
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2_000,
} as const;

/** An HTTPS server for the app; the certificate can be exchanged while it runs (`setSecureContext`). */
export function createServer(app: Express, certificate: ServingCertificate): Server {
  const server = https.createServer(
    { ...secureContext(certificate), ...timeouts, handshakeTimeout: 10_000 },
    app,
  );
  server.on("clientError", (_error, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else socket.destroy();
  });
  return server;
}

/** Resolves with the port once connections are accepted; rejects when the address cannot be had. */
export async function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ port, host }, resolve);
  await promise;
  server.off("error", reject);
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
