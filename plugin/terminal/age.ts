import { formatDuration } from "../../shared/text/duration.ts";

/** How long ago an RFC 3339 time was, as kubectl's AGE columns show it; `<unknown>` for what is no time. */
export function formatAge(time: string | undefined, now: number): string {
  const then = Date.parse(time ?? "");
  return Number.isNaN(then) ? "<unknown>" : formatDuration(now - then);
}
