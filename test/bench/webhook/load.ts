import https from "node:https";

interface LoadTarget {
  readonly port: number;
  readonly path: string;
}

export interface LoadOptions {
  readonly body: string;
  readonly certificateAuthority: string;
  readonly connections: number;
  readonly requests: number;
  /** Where the next request goes. */
  readonly target: () => LoadTarget;
}

export interface LoadResult {
  /** Requests that got no answer of 200. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Posts a body again and again in a closed loop: each connection sends its next request when it has its answer. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const agents = new Map<number, https.Agent>();
  const failures: string[] = [];
  let remaining = options.requests;
  const client = async () => {
    while (remaining > 0) {
      remaining -= 1;
      const target = options.target();
      const agent =
        agents.get(target.port) ??
        new https.Agent({
          keepAlive: true,
          ca: options.certificateAuthority,
          maxSockets: options.connections,
        });
      agents.set(target.port, agent);
      try {
        const status = await post(target, agent, options.body);
        if (status !== 200) failures.push(`status ${status}`);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: options.connections }, client));
  const seconds = (performance.now() - started) / 1000;
  for (const agent of agents.values()) agent.destroy();
  return { failures, seconds };
}

async function post({ port, path }: LoadTarget, agent: https.Agent, body: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = https.request(
      { host: "127.0.0.1", port, path, method: "POST", agent, headers },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
