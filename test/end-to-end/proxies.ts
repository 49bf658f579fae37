import { once } from "node:events";
import http from "node:http";
import net from "node:net";

/** A proxy on loopback that counts the connections which it has made. */
export interface Proxy {
  readonly url: string;
  readonly connections: () => number;
  readonly close: () => void;
}

/** An HTTP proxy: CONNECT, and nothing else (RFC 9110, 9.3.6). */
export async function startHttpProxy(): Promise<Proxy> {
  const server = http.createServer();
  let connections = 0;
  server.on("connect", (request, client: net.Socket) => {
    const { hostname, port } = new URL(`http://${request.url ?? ""}`);
    connections += 1;
    const upstream = net.connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      join(client, upstream);
    });
  });
  return await listening(server, "http", () => connections);
}

/** A SOCKS5 proxy without authentication, to IPv4 addresses (RFC 1928). */
export async function startSocksProxy(): Promise<Proxy> {
  let connections = 0;
  const server = net.createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (request) => {
        // Version, command, reserved, type of address (1: IPv4), four bytes of address, two of port.
        const host = [...request.subarray(4, 8)].join(".");
        connections += 1;
        const upstream = net.connect(request.readUInt16BE(8), host, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          join(client, upstream);
        });
      });
    });
  });
  return await listening(server, "socks5", () => connections);
}

function join(client: net.Socket, upstream: net.Socket): void {
  client.pipe(upstream).pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
}

async function listening(server: net.Server, scheme: string, connections: () => number): Promise<Proxy> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `${scheme}://127.0.0.1:${port}`, connections, close: () => server.close() };
}
