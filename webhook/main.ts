import { run } from "./run.ts";

/** The process. */
async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2));
}

void main();
