import { pino } from "pino";
import type { Logger } from "pino";

export type { Logger };

export const logLevels = ["error", "warn", "info", "debug"] as const;

/** JSON lines on standard output, written at once: the last line before a crash is there. */
export function createLogger(level: (typeof logLevels)[number]): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, sync: true }),
  );
}
