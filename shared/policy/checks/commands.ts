import type { PodCheck } from "../check.ts";
import type { FieldPath } from "../field-path.ts";
import { listMember } from "../json.ts";
import { locatedMember } from "../located.ts";
import { textBytes } from "../text-bytes.ts";
import { describeValue } from "../violation.ts";

export const commands: PodCheck = {
  id: "commands",
  title: "Commands",
  what: "Commands, arguments and the commands of probes and hooks are of a sane length, and run no program whose use is another's rights.",
  why: "A program smuggled in as an argument is one that no image review has seen; and every controller carries its bytes.",
  source:
    "Kubernetes Admission Control Threat Model (SIG Security): costly objects; Kubescape C-0062 (sudo in an entrypoint)",
  mode: "deny",
  scope: "pod",
  limit: ({ commands: { items, bytes, forbiddenPrograms } }) =>
    `${items} words, ${bytes} bytes; none of ${forbiddenPrograms.join(", ")}`,
  find(report, pod, limits) {
    const { items, bytes, forbiddenPrograms } = limits.commands;
    const executed = pod.handlers.map((handler) => locatedMember(handler, "exec"));
    const lists: (readonly [FieldPath, readonly unknown[]])[] = [
      ...pod.containers.flatMap(({ value, path }) =>
        (["command", "args"] as const).map((field) => [[...path, field], listMember(value, field)] as const),
      ),
      ...executed.map(({ value, path }) => [[...path, "command"], listMember(value, "command")] as const),
    ];
    for (const [path, words] of lists) {
      const length = words.reduce<number>((sum, word) => sum + textBytes(word), 0);
      if (words.length > items) {
        report({ path, value: words, found: `${words.length} words`, allowed: `at most ${items}` });
      } else if (length > bytes) {
        report({ path, value: words, found: `${length} bytes`, allowed: `at most ${bytes}` });
      } else {
        const program = forbiddenPrograms.find((name) => words.some((word) => runs(word, name)));
        if (program === undefined) continue;
        report({ path, value: words, found: describeValue(program), allowed: "other programs" });
      }
    }
  },
};

const wordBreaks = /[\s;|&()<>`$'"]+/;

/** Whether a word is a program, by whatever path, or a shell's script in which it stands as a word. */
function runs(word: unknown, program: string): boolean {
  // Nearly every word of nearly every command ends here.
  if (typeof word !== "string" || !word.includes(program)) return false;
  return word.split(wordBreaks).some((part) => part.slice(part.lastIndexOf("/") + 1) === program);
}
