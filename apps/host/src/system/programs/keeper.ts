import { at, type Program, programOf } from "@vimto/asm";
import { EINTR, TCSETS } from "@vimto/linux";

/** Descriptors of the keeper: the terminal, and what its maker holds open. */
export const KEEPER = { terminal: 0, alive: 3 } as const;

/**
 * Gives a terminal its modes back (struct termios) when the process that changed them is gone: then the
 * socket ends. A byte says that they are as they were. It leads a session of its own, so that no signal of
 * the terminal reaches it and the terminal takes the modes from it (drivers/tty/tty_jobctrl.c,
 * tty_check_change).
 */
export const keeper = (modes: Uint8Array): Program =>
  programOf((p) => {
    const byte = p.buffer(1);
    const settings = p.buffer(modes.length);
    const length = p.variable();
    const words = new Uint32Array(modes.slice().buffer);
    for (const [index, word] of words.entries()) p.store(4, at(settings, 4 * index), word);
    p.syscall("setsid");
    p.loop((jumpOut, jumpBack) => {
      p.syscallTo(length, "read", KEEPER.alive, byte, 1);
      p.when(length, "==", -EINTR, jumpBack);
      jumpOut();
    });
    p.when(length, "==", 0, () => p.syscall("ioctl", KEEPER.terminal, TCSETS, settings));
    p.exit(0);
  });
