import { once } from "node:events";
import { type Server, createServer } from "node:net";

/**
 * Three ports on 127.0.0.1 that nothing listens on, all different: a control plane's own.
 *
 * They are free when this returns, and another program may take one before it is used; etcd and the API server take
 * only numbers, no open sockets, so that gap cannot be closed. The kernel hands out such ports in turn, not the one
 * just released, and a port that is taken after all is reported as such.
 */
export async function freePorts(): Promise<[number, number, number]> {
  // All are held until each has its number: otherwise the same one could come twice.
  const servers = await Promise.all([listen(), listen(), listen()]);
  const [first, second, third] = servers;
  const ports: [number, number, number] = [portOf(first), portOf(second), portOf(third)];
  await Promise.all(
    servers.map(async (server) => {
      server.close();
      await once(server, "close");
    }),
  );
  return ports;
}

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("a TCP server has no port");
  }
  return address.port;
}
