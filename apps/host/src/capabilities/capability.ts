import type { Device, Qmp } from "@vimto/qemu";
import type { GuestScript } from "../steps.ts";

/**
 * One thing that a machine can do besides running a command, as a value. Each has a folder here; `run/`
 * collects those that a run wants, and no other stage knows which ones exist.
 */
export type Capability = {
  readonly name: string;
  /** What it adds to QEMU's command line and to the kernel's. */
  readonly devices?: readonly Device[];
  /**
   * The same devices for the machine of a run, where these refer to other things of the host than a template's
   * do.
   */
  readonly runDevices?: readonly Device[];
  /** Calls of the boot script, before hello: a template holds their effects. */
  readonly boot?: (script: GuestScript) => void;
  /** Calls of a run's script, when the root is built below `root` and not entered yet. */
  readonly run?: (script: GuestScript, root: string) => void;
  /** Files below /proc/sys, by their path there. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /**
   * - shared: a template serves runs with it and without it
   * - own: its devices or its boot calls are part of the machine, so it has templates of its own
   * - never: a machine with it always boots
   */
  readonly template: "shared" | "own" | "never";
  /** Sentences for the user when QEMU is up, before the command runs. */
  readonly announce?: (qmp: Qmp) => Promise<readonly string[]>;
  /** Sentences for the user when the command is over. */
  readonly afterwards?: () => readonly string[];
};
