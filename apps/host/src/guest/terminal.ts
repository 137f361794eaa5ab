import {
  type Architecture,
  AT_FDCWD,
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  TCSETS,
  TIOCSCTTY,
  TIOCSPTLCK,
  TIOCSWINSZ,
  TIOCVHANGUP,
} from "@vimto/linux";
import { KEPT, PREVIOUS, Script } from "@vimto/script";
import type { GuestScript, Step } from "../steps.ts";
import type { WindowSize } from "../system/terminal.ts";

/** The terminal that a command has, as the host's is. */
export type TerminalPlan = {
  /** struct termios of the kernel (TCGETS), as it was before vimto changed it; undefined: a new terminal's. */
  readonly modes: Uint8Array | undefined;
  readonly size: WindowSize;
  /** Whether stderr is the terminal too. */
  readonly stderr: boolean;
};

/** struct winsize (ioctl_tty(2)): rows, columns, and pixels, which nobody knows. */
const winsize = ({ rows, columns }: WindowSize): Uint8Array =>
  new Uint8Array(Uint16Array.of(rows, columns, 0, 0).buffer);

/** Puts a pseudo-terminal in the place of stdin and stdout, and of stderr where that is one on the host. */
export function openTerminal(script: GuestScript, { modes, size, stderr }: TerminalPlan): void {
  const step = "open-terminal";
  const unlock = new Uint8Array(4);
  script.call(step, "openat", [AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0], {
    keep: true,
  });
  script.call(step, "ioctl", [KEPT, TIOCSPTLCK, unlock]);
  script.terminal(step);
  script.call(step, "dup3", [PREVIOUS, 0, 0]);
  if (modes !== undefined) script.call(step, "ioctl", [0, TCSETS, modes]);
  script.call(step, "ioctl", [0, TIOCSWINSZ, winsize(size)]);
  script.call(step, "dup3", [0, 1, 0]);
  if (stderr) script.call(step, "dup3", [0, 2, 0]);
}

/** Makes it the terminal of the session that this process leads. */
export const takeTerminal = (script: GuestScript): void => {
  script.call("open-terminal", "ioctl", [0, TIOCSCTTY, 0]);
};

/** Tells the terminal of the command `pid` its new size. */
export const resizeScript = (arch: Architecture, pid: number, size: WindowSize): GuestScript =>
  requestScript(arch, pid, "resize-terminal", TIOCSWINSZ, winsize(size));

/**
 * Hangs the terminal of the command `pid` up, as the kernel does with one whose other end is closed: who leads its
 * session gets SIGHUP, and whoever reads from it the end of the input (drivers/tty/tty_io.c, __tty_hangup).
 */
export const hangUpScript = (arch: Architecture, pid: number): GuestScript =>
  requestScript(arch, pid, "hang-up-terminal", TIOCVHANGUP, 0);

/** An ioctl(2) on the terminal of the command `pid`; one that the command has closed is left alone. */
function requestScript(
  arch: Architecture,
  pid: number,
  step: "resize-terminal" | "hang-up-terminal",
  request: number,
  value: Uint8Array | number,
): GuestScript {
  const script = new Script<Step>(arch);
  script.call("start-process", "getpid", []);
  const path = `/proc/${pid}/fd/0`;
  const quietly = { failure: "ignore" } as const;
  script.call(step, "openat", [AT_FDCWD, path, O_RDWR | O_NOCTTY | O_CLOEXEC, 0], {
    ...quietly,
    keep: true,
  });
  script.call(step, "ioctl", [KEPT, request, value], quietly);
  return script.call("end", "exit_group", [0]);
}
