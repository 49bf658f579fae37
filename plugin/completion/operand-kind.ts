/** What a word of a usage line stands for, as far as it can be completed. */
export type OperandKind = "site" | "version" | "rollout" | "none";

const kinds: readonly (readonly [RegExp, OperandKind])[] = [
  [/\bROLLOUT\b/, "rollout"],
  [/\bSITE\b/, "site"],
  [/\bVERSION\b/, "version"],
];

/**
 * What the operand at `index` is, by a usage line such as `VERSION [SITE...]`: its words count from the left, and the
 * last one repeats.
 */
export function operandKind(usage: string, index: number): OperandKind {
  const words = usage
    .replace(/--\w+ \w+/g, "")
    .split(/[\s|()[\]]+/)
    .filter((word) => /^[A-Z]/.test(word));
  const word = words[Math.min(index, words.length - 1)] ?? "";
  return kinds.find(([pattern]) => pattern.test(word))?.[1] ?? "none";
}
