/**
 * Writes the generated parts of README.md from the code that they describe; with --check, only says whether they are
 * as the code has them.
 *
 *     npm run readme
 */
import { readFile, writeFile } from "node:fs/promises";
import { commandTable } from "./plugin/command-table.ts";
import { usualPace } from "./plugin/rollout/usual-pace.ts";
import { defaultLimits } from "./shared/policy/limits.ts";
import { policyTable } from "./shared/policy/policy-table.ts";

const file = new URL("README.md", import.meta.url);

async function commands(): Promise<string> {
  const rows: string[] = [];
  for (const load of commandTable.values()) {
    const command = await load();
    const usage = [command.name, command.operands?.usage ?? ""].join(" ").trim();
    const example = command.examples[0]?.command ?? "";
    rows.push(`| \`${cell(usage)}\` | ${cell(command.summary)} | \`${cell(example)}\` |`);
  }
  return ["| command | what it does | example |", "|---|---|---|", ...rows].join("\n");
}

/** How rollouts go unless told otherwise; a restart goes as an upgrade does. */
function pace(): string {
  const [upgrade, rollback] = [usualPace("upgrade"), usualPace("rollback")];
  return [
    "| | upgrade, restart | rollback |",
    "|---|---|---|",
    `| \`--canary\`: size of each canary wave | ${upgrade.canary} | ${rollback.canary} |`,
    `| \`--soak\`: how long each must stay healthy | ${upgrade.soak} | ${rollback.soak} |`,
    `| \`--in-flight\`: most sites unfinished after them | ${upgrade.inFlight} | ${rollback.inFlight} |`,
    "| `--max-failures`: more than that stop it | 0 | it goes on past failures |",
    "| `--on-failure`: and then | `pause`, or `rollback` | |",
    "| `--site-timeout`: longest wait for one site | the Deployment's progress deadline | the same |",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function replaceSection(text: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- /generated: ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md has no section '${name}'`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

/** README.md as the code would have it. */
async function render(): Promise<string> {
  const text = await readFile(file, "utf8");
  const sections = { commands: await commands(), pace: pace(), policy: policyTable(defaultLimits) };
  return Object.entries(sections).reduce(
    (page, [name, content]) => replaceSection(page, name, content),
    text,
  );
}

const rendered = await render();
if (!process.argv.includes("--check")) await writeFile(file, rendered);
else if (rendered !== (await readFile(file, "utf8"))) {
  console.error("README.md differs from the code; run npm run readme");
  process.exitCode = 1;
}
