import type { Cache } from "../cache/cache.ts";
import type { Emit } from "../events.ts";
import type { TerminalPlan } from "../guest/terminal.ts";
import type { HostFacts } from "../host/facts.ts";
import type { KernelSource } from "../kernels/source.ts";
import type { GuestPrograms } from "../machine/initramfs.ts";
import type { Streams } from "../session/session.ts";
import type { Settings } from "../settings/settings.ts";
import type { WindowSize } from "../system/terminal.ts";
import type { SignalSource } from "./watch.ts";

/** The host's end of a command's terminal. */
export type RunTerminal = {
  readonly plan: TerminalPlan;
  /** The command runs: what is typed is its own from now on. */
  readonly begin: (listeners: TerminalListeners) => void;
  /** Whether the key was typed that interrupts a program (Ctrl-C). */
  readonly interrupted: () => boolean;
  /** The terminal is as it was before. */
  readonly end: () => void;
};

export type TerminalListeners = {
  readonly resized: (size: WindowSize) => void;
  /** The user typed what ends a machine that does not answer. */
  readonly escaped: () => void;
};

/** The streams of a command on the host. */
export type RunStreams = {
  /** Whether stdout and stderr are one file, so that what is written to them is in one order. */
  readonly merged: boolean;
  /** Which of the descriptors 0 to 2 are closed; they are closed for the command too. */
  readonly closed: readonly number[];
  /** Where the command has a terminal. */
  readonly terminal?: RunTerminal | undefined;
  /** Called once, when the machine is about to be started. */
  readonly open: () => Promise<Streams>;
};

/** One command on one kernel. */
export type RunRequest = {
  readonly settings: Settings;
  readonly argv: readonly string[];
  readonly kernel: KernelSource;
  readonly host: HostFacts;
  readonly cache: Cache;
  readonly programs: GuestPrograms;
  readonly streams: RunStreams;
  /** Signals that reach the command, or end the run. */
  readonly signals: SignalSource;
  readonly emit: Emit;
};
