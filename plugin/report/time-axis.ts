/** Round steps of an axis, in milliseconds: what people count time in. */
const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** At most `most` round times from 0 up to the end. */
export function timeTicks(endMs: number, most: number): readonly number[] {
  const days = Math.ceil(endMs / most / 86_400_000) * 86_400_000;
  const step = steps.find((candidate) => endMs / candidate <= most) ?? days;
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step);
}

/** A time on an axis, or how long something took: `0`, `250ms`, `1.5s`, `45s`, `3m`, `2h 5m`. */
export function showTime(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 60_000) return `${Number((milliseconds / 1_000).toFixed(1))}s`;
  const seconds = Math.round(milliseconds / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const parts =
    hours > 0 ? [`${hours}h`, minutes > 0 ? `${minutes}m` : ""] : [`${minutes}m`, rest > 0 ? `${rest}s` : ""];
  return parts.filter(Boolean).join(" ");
}
