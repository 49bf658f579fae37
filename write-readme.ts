/**
 * Writes the generated parts of README.md from the code that they describe; with --check, only says whether they are
 * as the code has them.
 *
 *     npm run readme
 */
import { readFile, writeFile } from "node:fs/promises";
import { commandTable } from "./plugin/command-table.ts";
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
  const withCommands = replaceSection(text, "commands", await commands());
  return replaceSection(withCommands, "policy", policyTable(defaultLimits));
}

const rendered = await render();
if (!process.argv.includes("--check")) await writeFile(file, rendered);
else if (rendered !== (await readFile(file, "utf8"))) {
  console.error("README.md differs from the code; run npm run readme");
  process.exitCode = 1;
}
