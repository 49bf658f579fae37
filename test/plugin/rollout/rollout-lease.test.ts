import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const source = join(import.meta.dirname, "../../../plugin/rollout/rollout-lease.ts");
const program = `
  const { rolloutLease } = await import(${JSON.stringify(source)});
  process.setuid(54_321);
  console.log(rolloutLease("shops").holder);
`;

/** Who holds the Lease, according to a process of a user whom no password file knows. */
async function holderOf(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env,
  });
  return stdout.trim();
}

// Only root may become somebody else.
describe.skipIf(process.getuid?.() !== 0)("the holder of the Lease", () => {
  it("has the number of a user without a name", async () => {
    expect(await holderOf({})).toMatch(/^uid-54321@/);
  });

  it("has the name that the environment gives to a user without one", async () => {
    expect(await holderOf({ USER: "ann" })).toMatch(/^ann@/);
  });
});
