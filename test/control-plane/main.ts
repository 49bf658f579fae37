/**
 * The test control plane by hand:
 *
 *     node test/control-plane/main.ts start [--controllers fast|default] [--directory DIR] [--audit-log] [--port N]
 *     node test/control-plane/main.ts build [--helm]
 *
 * `start` runs until Ctrl-C. With SUBSCRIBIE_TEST_CONTROL_PLANE set to its directory, test runs use it instead of
 * starting one each.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";

import { ensureBinaries } from "./build.ts";
import { controlPlaneComponents } from "./components.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { startControlPlane } from "./control-plane.ts";

async function main(argumentList: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...argumentList],
    allowPositionals: true,
    options: {
      controllers: { type: "string", default: "fast" },
      directory: { type: "string" },
      port: { type: "string" },
      "audit-log": { type: "boolean", default: false },
      helm: { type: "boolean", default: false },
    },
  });
  const { controllers } = values;
  if (controllers !== "fast" && controllers !== "default") {
    throw new ControlPlaneError(`--controllers is ${controllers}; it is fast or default.`);
  }
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new ControlPlaneError(`--port is ${values.port}; it is a number from 1 to 65535.`);
  }
  switch (positionals.join(" ")) {
    case "build": {
      const components = [...controlPlaneComponents, ...(values.helm ? (["helm"] as const) : [])];
      console.log(JSON.stringify(await ensureBinaries({ components }), undefined, 2));
      return;
    }
    case "start":
      await start({
        controllers,
        auditLog: values["audit-log"],
        ...(values.directory !== undefined && { directory: values.directory }),
        ...(port !== undefined && { port }),
      });
      return;
    default:
      throw new ControlPlaneError(
        "Say what to do: start or build (see the head of test/control-plane/main.ts).",
      );
  }
}

async function start(options: Parameters<typeof startControlPlane>[0]): Promise<void> {
  // Heard from the beginning: during the start too, the way to end is to end the child processes.
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const controlPlane = await startControlPlane(options);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  console.log(`export SUBSCRIBIE_TEST_CONTROL_PLANE=${controlPlane.directory}`);
  console.error("The control plane runs until Ctrl-C.");
  await interrupted;
  await controlPlane.stop();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // parseArgs' own complaints are TypeErrors with a code, and sentences like ours.
  const forPerson = error instanceof ControlPlaneError || (error instanceof TypeError && "code" in error);
  console.error(forPerson ? error.message : error);
  process.exitCode = 1;
}
