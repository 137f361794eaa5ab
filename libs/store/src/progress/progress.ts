import type { PullEvent } from "../events.ts";
import { drawBar } from "./bar.ts";
import { Tally } from "./tally.ts";
import { formatBytes } from "./units.ts";

export type ProgressOptions = {
  /** "bar" for a terminal, "lines" for a file or a pipe, "none" for --quiet. */
  readonly style: "bar" | "lines" | "none";
  /** The width of the terminal when a line is drawn. */
  readonly columns?: () => number;
  /** Milliseconds, from any start. */
  readonly now?: () => number;
};

/** Turns the events of a pull into text for stderr; writes nothing itself. */
export type Progress = {
  /** The text to write for an event, often "". */
  event(event: PullEvent): string;
  /** The text that erases a drawn bar; write it at the end in any case. */
  end(): string;
};

const CLEAR_LINE = "\r\x1b[K";
/** A bar that moves more often than this costs more than it tells. */
const REDRAW_MS = 100;

export function createProgress(options: ProgressOptions): Progress {
  if (options.style === "none") return { event: () => "", end: () => "" };
  return options.style === "bar" ? barProgress(options) : lineProgress();
}

function lineProgress(): Progress {
  const tally = new Tally();
  return {
    event: (event) => {
      tally.add(event, 0);
      const line = describe(event) ?? describeLayer(event, tally);
      return line === undefined ? "" : `${line}\n`;
    },
    end: () => "",
  };
}

function barProgress({ columns = () => 80, now = performance.now }: ProgressOptions): Progress {
  const tally = new Tally();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  const clear = () => (isDrawn ? CLEAR_LINE : "");
  return {
    event: (event) => {
      const time = now();
      tally.add(event, time);
      const line = describe(event);
      if (line !== undefined) {
        const text = `${clear()}${line}\n`;
        isDrawn = false;
        drawnAt = Number.NEGATIVE_INFINITY;
        return text;
      }
      if (tally.layers.length === 0 || time - drawnAt < REDRAW_MS) return "";
      isDrawn = true;
      drawnAt = time;
      return `${CLEAR_LINE}${drawBar(tally, time, columns())}`;
    },
    end: () => {
      const text = clear();
      isDrawn = false;
      return text;
    },
  };
}

/** The sentence for events that have one in every style. */
function describe(event: PullEvent): string | undefined {
  switch (event.kind) {
    case "waiting":
      return `waiting for another process: ${event.what}`;
    case "stale":
      return `using ${event.image} as it was pulled before: ${event.message}`;
    case "started": {
      const bytes = event.layers.reduce((sum, layer) => sum + layer.size, 0);
      return `pulling ${event.image}: ${plural(event.layers.length, event.noun ?? "layer")}, ${formatBytes(bytes)}`;
    }
    case "note":
    case "retry":
      return event.message;
    case "done":
      return `pulled ${event.image} (${event.digest}), ${formatBytes(event.unpackedBytes)} unpacked`;
    default:
      return undefined;
  }
}

function describeLayer(event: PullEvent, tally: Tally): string | undefined {
  if (event.kind !== "fetched" && event.kind !== "unpacked") return undefined;
  const layer = tally.layers[event.layer];
  if (layer === undefined) return undefined;
  const name = `${tally.noun} ${event.layer + 1} of ${tally.layers.length}`;
  if (event.kind === "unpacked") return `${name} unpacked`;
  const how = event.cached ? "in the cache" : "fetched";
  return `${name} ${how}: ${layer.digest.slice(0, 19)}, ${formatBytes(layer.size)}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
