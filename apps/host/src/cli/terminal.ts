import { isatty } from "node:tty";
import { mayChangeTerminal } from "../host/foreground.ts";
import type { RunTerminal, TerminalListeners } from "../run/request.ts";
import type { Settings } from "../settings/settings.ts";
import { onSuspension } from "../system/suspension.ts";
import { Terminal } from "../system/terminal.ts";
import { Escape } from "./escape.ts";

/** The size of a terminal that the host does not have. */
const NOWHERE = { rows: 24, columns: 80 } as const;

export type ProcessTerminal = RunTerminal & {
  readonly typed: (bytes: Uint8Array) => Uint8Array;
  readonly hangsUp: boolean;
};

/** Whether stdin and stdout are a terminal. */
export const hasTerminal = (): boolean => isatty(0) && isatty(1);

/**
 * The terminal for a command with the streams of this process: auto is where stdin and stdout are one and
 * this process is in its foreground. Undefined where the command has pipes.
 */
export function processTerminal(tty: Settings["tty"]): ProcessTerminal | undefined {
  if (tty === "never") return undefined;
  const real = hasTerminal() && mayChangeTerminal();
  if (real) return realTerminal(new Terminal());
  if (tty === "auto") return undefined;
  const plan = { modes: undefined, size: NOWHERE, stderr: false };
  return {
    plan,
    typed: (bytes) => bytes,
    hangsUp: false,
    begin: () => {},
    interrupted: () => false,
    end: () => {},
  };
}

function realTerminal(terminal: Terminal): ProcessTerminal {
  let listeners: TerminalListeners | undefined;
  const escapes = new Escape(() => listeners?.escaped());
  const resized = () => listeners?.resized(terminal.size());
  const continued = () => {
    if (!mayChangeTerminal()) return;
    terminal.raw();
    resized();
  };
  const { interruptKey } = terminal;
  let interrupted = false;
  let release = () => {};
  return {
    plan: { modes: terminal.modes, size: terminal.size(), stderr: isatty(2) },
    typed: (bytes) => {
      if (interruptKey !== undefined && bytes.includes(interruptKey)) interrupted = true;
      return escapes.pass(bytes);
    },
    interrupted: () => interrupted,
    hangsUp: true,
    begin: (given) => {
      listeners = given;
      terminal.raw();
      process.on("SIGWINCH", resized);
      release = onSuspension(() => terminal.restore(), continued);
    },
    end: () => {
      process.off("SIGWINCH", resized);
      release();
      terminal.restore();
    },
  };
}
