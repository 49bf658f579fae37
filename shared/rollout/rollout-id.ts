/** What a rollout does to its sites. */
export type RolloutKind = "upgrade" | "rollback" | "restart";

export interface RolloutId {
  readonly kind: RolloutKind;
  /** When the rollout began by the API server's clock, in milliseconds since the epoch, to the second. */
  readonly startedAt: number;
  readonly suffix: string;
}

const letterOfKind = { upgrade: "u", rollback: "r", restart: "s" } as const satisfies Record<
  RolloutKind,
  string
>;
const kindOfLetter: ReadonlyMap<string, RolloutKind> = new Map([
  ["u", "upgrade"],
  ["r", "rollback"],
  ["s", "restart"],
]);
const suffixForm = /^[a-z0-9]{1,8}$/;
const idForm = /^([urs])-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})-([a-z0-9]{1,8})$/;

/**
 * Makes a rollout's id, such as `u-20261123-203015-x7k2`: a valid name of an object and value of a label, and ids of
 * one kind sort by time.
 *
 * @param startedAt the API server's clock, so that ids made on machines whose clocks differ still sort
 * @param suffix random, 1 to 8 lower-case letters and digits: two rollouts of one second stay apart
 */
export function createRolloutId(kind: RolloutKind, startedAt: Date, suffix: string): string {
  if (!suffixForm.test(suffix))
    throw new RangeError(`the suffix of a rollout id is 1 to 8 of a-z and 0-9, not ${suffix}`);
  const [date, time] = startedAt.toISOString().slice(0, 19).replace(/[-:]/g, "").split("T");
  return `${letterOfKind[kind]}-${date}-${time}-${suffix}`;
}

/** Parses a rollout's id; undefined for any other text, dates that do not exist included. */
export function parseRolloutId(text: string): RolloutId | undefined {
  const match = idForm.exec(text);
  if (match === null) return undefined;
  const [, letter = "", year, month, day, hour, minute, second, suffix = ""] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const startedAt = Date.parse(iso);
  const kind = kindOfLetter.get(letter);
  if (kind === undefined || Number.isNaN(startedAt) || new Date(startedAt).toISOString() !== iso)
    return undefined;
  return { kind, startedAt, suffix };
}

/** Orders two ids by the time in them, oldest first; ids of one second by their text. */
export function compareRolloutIds(left: string, right: string): number {
  const difference = (parseRolloutId(left)?.startedAt ?? 0) - (parseRolloutId(right)?.startedAt ?? 0);
  if (difference !== 0) return difference;
  return left < right ? -1 : Number(left > right);
}
