import { siteKey } from "../../shared/rollout/observed-site.ts";
import { countOutcomes } from "../../shared/rollout/rollout-result.ts";
import type { RolloutNotice, RolloutState } from "../../shared/rollout/rollout-state.ts";
import { viewRollout } from "../../shared/rollout/rollout-view.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { writeJsonLine } from "../terminal/document.ts";
import { createLiveRegion } from "../terminal/live-region.ts";
import { createStyle, type Style } from "../terminal/style.ts";
import type { RolloutObserver } from "./drive-rollout.ts";
import { noticeLine } from "./notice-lines.ts";
import { progressLine, rolloutLines } from "./rollout-lines.ts";

/** Shows a rollout while it runs. */
export interface RolloutDisplay extends RolloutObserver {
  /** A line of its own, for what is no notice of the state machine. */
  readonly say: (line: string) => void;
  readonly end: () => void;
}

export interface DisplayOptions {
  readonly quiet: boolean;
  readonly noColor: boolean;
  /** JSON lines on stdout, besides. */
  readonly events: boolean;
}

/**
 * The display for where stderr goes: a live one on a terminal, plain lines with the time elsewhere, nothing when
 * quiet; never two at once.
 */
export function createRolloutDisplay(
  state: RolloutState,
  io: Io,
  options: DisplayOptions,
  now: () => number,
): RolloutDisplay {
  const style = createStyle(io, options.noColor);
  const shown = options.quiet
    ? quietDisplay()
    : io.stderrIsTerminal && io.env["TERM"] !== "dumb"
      ? liveDisplay(state, io, style, now)
      : plainDisplay(io, style, now);
  return options.events ? withEvents(shown, state, io) : shown;
}

function nothing(): void {
  // Quiet is quiet.
}

function quietDisplay(): RolloutDisplay {
  return { onNotice: nothing, onInterruption: nothing, onWarning: nothing, say: nothing, end: nothing };
}

function plainDisplay(io: Io, style: Style, now: () => number): RolloutDisplay {
  const say = (line: string) => {
    io.stderr.write(`${new Date(io.now()).toISOString().slice(11, 19)} ${line}\n`);
  };
  return {
    onNotice: (notice) => say(noticeLine(notice, style, now())),
    onInterruption: (error) => say(interruptionLine(error, style)),
    onWarning: (site, warning) => say(warningLine(siteKey(site), warning, style)),
    say,
    end: () => undefined,
  };
}

const frameMs = 100;

function liveDisplay(state: RolloutState, io: Io, style: Style, now: () => number): RolloutDisplay {
  const region = createLiveRegion(io);
  let away: Error | undefined;
  const draw = () => {
    const lines = rolloutLines(viewRollout(state, now()), style, io.columns() ?? 80);
    region.draw(away === undefined ? lines : [...lines, interruptionLine(away, style)]);
  };
  // Redrawn at a steady pace, since a fleet changes many times a frame.
  const timer = setInterval(draw, frameMs);
  draw();
  return {
    onNotice(notice) {
      // What the live lines show anyway needs no line that stays.
      if (notice.kind !== "siteUpdated") region.log(noticeLine(notice, style, now()));
    },
    onInterruption(error) {
      away = error;
    },
    onWarning: (site, warning) => region.log(warningLine(siteKey(site), warning, style)),
    say: (line) => region.log(line),
    end() {
      clearInterval(timer);
      // The result that follows says the rest.
      region.end([progressLine(viewRollout(state, now()), style, io.columns() ?? 80)]);
    },
  };
}

/** Adds a JSON line on stdout for each event: `type`, `time`, `rollout` and the event's own members. */
function withEvents(display: RolloutDisplay, state: RolloutState, io: Io): RolloutDisplay {
  const write = (event: object) => {
    const time = new Date(io.now()).toISOString();
    writeJsonLine(io.stdout, { time, rollout: state.plan.id, ...event });
  };
  return {
    onNotice(notice: RolloutNotice) {
      const { kind, ...rest } = notice;
      write({ type: kind, ...rest });
      display.onNotice(notice);
    },
    onInterruption(error) {
      write(error === undefined ? { type: "reconnected" } : { type: "disconnected", reason: error.message });
      display.onInterruption(error);
    },
    onWarning(site, warning) {
      write({ type: "warning", site: siteKey(site), warning });
      display.onWarning(site, warning);
    },
    say: display.say,
    end() {
      write({ type: "finished", phase: state.phase, counts: countOutcomes(state) });
      display.end();
    },
  };
}

function interruptionLine(error: Error | undefined, style: Style): string {
  return error === undefined
    ? style("green", "the API server answers again")
    : style("yellow", `waiting for the API server: ${printable(error.message)}`);
}

function warningLine(site: string, warning: string, style: Style): string {
  return `${style("yellow", "warning")}  ${site}: ${printable(warning)}`;
}
