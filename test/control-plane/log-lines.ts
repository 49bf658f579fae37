/** The longest line that an error message quotes; Go's and the API server's can run to pages. */
const longestLine = 400;

/**
 * The last lines of a log that say something, ready to be shown: without empty lines, without control characters
 * (a terminal would obey them), and cut at 400 characters.
 */
export function lastLines(log: string, count: number): string[] {
  return log
    .split("\n")
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " ").trim())
    .filter((line) => line !== "")
    .slice(-count)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
}
