import type { PodCheck, Report } from "../check.ts";
import { listMember } from "../json.ts";
import type { Limits } from "../limits.ts";
import { locatedMember } from "../located.ts";
import type { Located } from "../located.ts";
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
    for (const container of pod.containers) {
      inspectWords(report, container, "command", limits);
      inspectWords(report, container, "args", limits);
    }
    for (const handler of pod.handlers)
      inspectWords(report, locatedMember(handler, "exec"), "command", limits);
  },
};

function inspectWords(
  report: Report,
  owner: Located,
  field: string,
  { commands: { items, bytes, forbiddenPrograms } }: Limits,
): void {
  const words = listMember(owner.value, field);
  if (words.length === 0) return;
  const path = owner.at(field);
  if (words.length > items) {
    return report({ path, value: words, found: `${words.length} words`, allowed: `at most ${items}` });
  }
  const length = words.reduce<number>((sum, word) => sum + textBytes(word), 0);
  if (length > bytes) {
    return report({ path, value: words, found: `${length} bytes`, allowed: `at most ${bytes}` });
  }
  const program = forbiddenPrograms.find((name) => words.some((word) => runs(word, name)));
  if (program !== undefined) {
    report({ path, value: words, found: describeValue(program), allowed: "other programs" });
  }
}

const wordBreaks = /[\s;|&()<>`$'"]+/;

/** Whether a word is a program, by whatever path, or a shell's script in which it stands as a word. */
function runs(word: unknown, program: string): boolean {
  // Nearly every word of nearly every command ends here.
  if (typeof word !== "string" || !word.includes(program)) return false;
  return word.split(wordBreaks).some((part) => part.slice(part.lastIndexOf("/") + 1) === program);
}
