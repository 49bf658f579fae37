import { enableCompileCache } from "node:module";
import { processIo } from "./io.ts";
import { run } from "./run.ts";

// Compiled code is kept between runs, which halves the start-up of commands that load the Kubernetes client.
enableCompileCache();
process.exitCode = await run(process.argv.slice(2), processIo());
