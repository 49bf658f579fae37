import { processIo } from "./io.ts";
import { run } from "./run.ts";

/** The single executable's entry: Node.js embeds CommonJS, which cannot wait at its top level. */
async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processIo());
}

void main();
