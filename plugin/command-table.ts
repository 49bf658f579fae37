import type { Command } from "./command.ts";
import { abortCommand } from "./commands/abort.ts";
import { auditCommand } from "./commands/audit.ts";
import { completionCommand } from "./commands/completion.ts";
import { configViewCommand } from "./commands/config-view.ts";
import { deleteCommand } from "./commands/delete.ts";
import { deployCommand } from "./commands/deploy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { historyCommand } from "./commands/history.ts";
import { holdCommand } from "./commands/hold.ts";
import { lintCommand } from "./commands/lint.ts";
import { pauseCommand } from "./commands/pause.ts";
import { queueInitCommand } from "./commands/queue-init.ts";
import { queueListCommand } from "./commands/queue-list.ts";
import { queueRetryCommand } from "./commands/queue-retry.ts";
import { queueShowCommand } from "./commands/queue-show.ts";
import { reportCommand } from "./commands/report.ts";
import { restartCommand } from "./commands/restart.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { sitesCommand } from "./commands/sites.ts";
import { statusCommand } from "./commands/status.ts";
import { submitCommand } from "./commands/submit.ts";
import { upgradeCommand } from "./commands/upgrade.ts";
import { versionCommand } from "./commands/version.ts";

/**
 * Every command by its name. What a command says of itself is light and in one file of the bundle: `--help` and
 * completion need all of it, and a file for each made them take twice as long. What a command does is imported when it
 * runs. A name of two words is a subcommand. The order is the order of the help.
 */
export const commandTable: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["sites", async () => sitesCommand],
  ["deploy", async () => deployCommand],
  ["submit", async () => submitCommand],
  ["queue init", async () => queueInitCommand],
  ["queue list", async () => queueListCommand],
  ["queue show", async () => queueShowCommand],
  ["queue retry", async () => queueRetryCommand],
  ["delete", async () => deleteCommand],
  ["upgrade", async () => upgradeCommand],
  ["rollback", async () => rollbackCommand],
  ["restart", async () => restartCommand],
  ["status", async () => statusCommand],
  ["history", async () => historyCommand],
  ["report", async () => reportCommand],
  ["pause", async () => pauseCommand],
  ["resume", async () => resumeCommand],
  ["abort", async () => abortCommand],
  ["hold", async () => holdCommand],
  ["lint", async () => lintCommand],
  ["audit", async () => auditCommand],
  ["doctor", async () => doctorCommand],
  ["completion", async () => completionCommand],
  ["config view", async () => configViewCommand],
  ["version", async () => versionCommand],
]);

/** Other names of commands, as kubectl users would type them. */
export const commandAliases: ReadonlyMap<string, string> = new Map([
  ["get", "sites"],
  ["undo", "rollback"],
]);
