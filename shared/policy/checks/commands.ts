import type { PodCheck } from "../check.ts";
import type { FieldPath } from "../field-path.ts";
import { listMember } from "../json.ts";
import { locatedMember } from "../located.ts";
import { textBytes } from "../text-bytes.ts";

export const commands: PodCheck = {
  id: "commands",
  title: "Size of commands",
  what: "Commands, arguments and the commands of probes and hooks are of a sane length.",
  why: "A program smuggled in as an argument is one that no image review has seen; and every controller carries its bytes.",
  source: "Kubernetes Admission Control Threat Model (SIG Security): costly objects",
  mode: "deny",
  scope: "pod",
  limit: ({ commands: { items, bytes } }) => `${items} words, ${bytes} bytes`,
  find(report, pod, limits) {
    const { items, bytes } = limits.commands;
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
      }
    }
  },
};
