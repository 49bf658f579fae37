import { defineCommand } from "../command.ts";

export const completionCommand = defineCommand({
  name: "completion",
  group: "Plugin",
  summary: "Print the program that completes commands, flags, sites, versions and rollouts in the shell",
  description:
    "kubectl completes a plugin's arguments by a program of the name kubectl_complete-subscribie on the PATH. " +
    "npm installs it; with the single executable or krew, save what this command prints. " +
    "The shell's completion of kubectl itself has to be set up: see kubectl completion --help.",
  operands: { usage: "[-- WORD...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    {
      text: "Install it for yourself",
      command:
        "completion > ~/.local/bin/kubectl_complete-subscribie && chmod +x ~/.local/bin/kubectl_complete-subscribie",
    },
    { text: "What could follow, as kubectl asks", command: 'completion -- upgrade ""' },
  ],
  flags: {},
  async run({ operands, io }) {
    const { writeCompletion } = await import("../completion/write-completion.ts");
    return await writeCompletion(operands, io);
  },
});
