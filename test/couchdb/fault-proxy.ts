import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** What the proxy does to what passes through it, from now on. */
type Fault =
  | { readonly kind: "none" }
  /** Every chunk arrives this much later, in both directions. */
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** New connections are reset at once. */
  | { readonly kind: "refuse" }
  /** What clients send arrives, and no answer comes back. */
  | { readonly kind: "swallow-answers" }
  /** Connections stay open and nothing passes any more: the other side's machine is gone. */
  | { readonly kind: "half-open" };

/** A TCP proxy on loopback before one port, which can be made to misbehave. */
export interface FaultProxy {
  readonly port: number;
  inject(fault: Fault): void;
  /** Resets every connection that is open. */
  cut(): void;
  close(): Promise<void>;
}

/** @param targetPort on loopback; connections are made only when a client comes */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let fault: Fault = { kind: "none" };
  const sockets = new Set<Socket>();

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    return socket;
  }

  function forward(from: Socket, to: Socket, isAnswer: boolean): void {
    from.on("data", (chunk) => {
      if (fault.kind === "half-open" || (isAnswer && fault.kind === "swallow-answers")) return;
      if (fault.kind === "latency") setTimeout(() => to.write(chunk), fault.milliseconds);
      else to.write(chunk);
    });
    from.once("end", () => to.end());
    from.once("error", () => to.destroy());
    from.once("close", () => to.destroy());
  }

  const server = createServer((client) => {
    if (fault.kind === "refuse") {
      client.resetAndDestroy();
      return;
    }
    const target = track(connect(targetPort, "127.0.0.1"));
    track(client);
    forward(client, target, false);
    forward(target, client, true);
  });
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy does not listen on a port");

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    port: address.port,
    inject(next) {
      fault = next;
    },
    cut,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      cut();
      await closed;
    },
  };
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}
