import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";

/**
 * What kube-proxy makes of a Service: connections to one port go to the backends in turn. Those that are open stay with
 * their backend when it leaves the list, as they do there.
 */
export interface ServiceForwarder {
  readonly port: number;
  /** @param ports of the backends, on 127.0.0.1 */
  readonly leadTo: (ports: readonly number[]) => void;
  readonly close: () => Promise<void>;
}

export async function startServiceForwarder(): Promise<ServiceForwarder> {
  let backends: readonly number[] = [];
  let turn = 0;
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const port = backends[turn % Math.max(backends.length, 1)];
    turn += 1;
    if (port === undefined) return void incoming.destroy();
    const outgoing = connect(port, "127.0.0.1");
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      // Told by the "close" that follows; whoever asked sees it as a broken connection.
      socket.once("error", () => {});
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return {
    port: address.port,
    leadTo(ports) {
      backends = ports;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
