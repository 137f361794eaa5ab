import type { Cache } from "../cache/cache.ts";
import type { Emit } from "../events.ts";
import type { HostFacts } from "../host/facts.ts";
import type { KernelSource } from "../kernels/source.ts";
import type { GuestPrograms } from "../machine/initramfs.ts";
import type { Streams } from "../session/session.ts";
import type { Settings } from "../settings/settings.ts";
import type { SignalSource } from "./watch.ts";

/** The streams of a command on the host. */
export type RunStreams = {
  /** Whether stdout and stderr are one file, so that what is written to them is in one order. */
  readonly merged: boolean;
  /** Which of the descriptors 0 to 2 are closed; the command has none there either. */
  readonly closed: readonly number[];
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
