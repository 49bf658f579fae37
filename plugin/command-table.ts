import type { Command } from "./command.ts";

/**
 * Every command by its name, loaded when it is wanted: `version` must not wait for the Kubernetes client.
 * A name of two words is a subcommand. The order is the order of the help.
 */
export const commandTable: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["sites", async () => (await import("./commands/sites.ts")).sitesCommand],
  ["deploy", async () => (await import("./commands/deploy.ts")).deployCommand],
  ["submit", async () => (await import("./commands/submit.ts")).submitCommand],
  ["queue init", async () => (await import("./commands/queue-init.ts")).queueInitCommand],
  ["queue list", async () => (await import("./commands/queue-list.ts")).queueListCommand],
  ["queue show", async () => (await import("./commands/queue-show.ts")).queueShowCommand],
  ["queue retry", async () => (await import("./commands/queue-retry.ts")).queueRetryCommand],
  ["delete", async () => (await import("./commands/delete.ts")).deleteCommand],
  ["upgrade", async () => (await import("./commands/upgrade.ts")).upgradeCommand],
  ["rollback", async () => (await import("./commands/rollback.ts")).rollbackCommand],
  ["restart", async () => (await import("./commands/restart.ts")).restartCommand],
  ["status", async () => (await import("./commands/status.ts")).statusCommand],
  ["history", async () => (await import("./commands/history.ts")).historyCommand],
  ["report", async () => (await import("./commands/report.ts")).reportCommand],
  ["pause", async () => (await import("./commands/pause.ts")).pauseCommand],
  ["resume", async () => (await import("./commands/resume.ts")).resumeCommand],
  ["abort", async () => (await import("./commands/abort.ts")).abortCommand],
  ["hold", async () => (await import("./commands/hold.ts")).holdCommand],
  ["lint", async () => (await import("./commands/lint.ts")).lintCommand],
  ["audit", async () => (await import("./commands/audit.ts")).auditCommand],
  ["doctor", async () => (await import("./commands/doctor.ts")).doctorCommand],
  ["completion", async () => (await import("./commands/completion.ts")).completionCommand],
  ["config view", async () => (await import("./commands/config-view.ts")).configViewCommand],
  ["version", async () => (await import("./commands/version.ts")).versionCommand],
]);

/** Other names of commands, as kubectl users would type them. */
export const commandAliases: ReadonlyMap<string, string> = new Map([
  ["get", "sites"],
  ["undo", "rollback"],
]);
