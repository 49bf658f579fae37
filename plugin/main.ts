import { processIo } from "./io.ts";
import { run } from "./run.ts";

/** The process. Without a wait at the top level, since the single executable embeds CommonJS, which has none. */
async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processIo());
}

void main();
