import { at, type Program, programOf } from "@vimto/asm";
import { EINTR, TCGETS, TCSETS } from "@vimto/linux";

/** Descriptors of the keeper: the terminal, and what its maker holds open. */
const KEEPER = { terminal: 0, alive: 3 } as const;

/** c_lflag of struct termios (include/uapi/asm-generic/termbits.h). */
const LOCAL_MODES = 12;

/**
 * Gives a terminal its modes back (struct termios) when the process that made it raw is gone, which the end of
 * the socket shows. A byte on the socket says that the process itself has restored them. Modes that a shell has
 * meanwhile set for its prompt stay. The keeper leads a session of its own, so that no signal of the terminal
 * reaches it and the terminal takes the modes from it (drivers/tty/tty_jobctrl.c, tty_check_change).
 */
export const keeper = (modes: Uint8Array, raw: Uint8Array): Program =>
  programOf((p) => {
    const byte = p.buffer(1);
    const settings = p.buffer(modes.length);
    const current = p.buffer(modes.length);
    const length = p.variable();
    const local = p.variable();
    for (const [index, word] of wordsOf(modes).entries()) p.store(4, at(settings, 4 * index), word);
    p.syscall("setsid");
    p.loop((jumpOut, jumpBack) => {
      p.syscallTo(length, "read", KEEPER.alive, byte, 1);
      p.when(length, "==", -EINTR, jumpBack);
      jumpOut();
    });
    p.when(length, "==", 0, () => {
      p.syscall("ioctl", KEEPER.terminal, TCGETS, current);
      p.load(local, 4, at(current, LOCAL_MODES));
      p.when(local, "==", wordsOf(raw)[LOCAL_MODES / 4] ?? 0, () =>
        p.syscall("ioctl", KEEPER.terminal, TCSETS, settings),
      );
    });
    p.exit(0);
  });

const wordsOf = (modes: Uint8Array) => new Uint32Array(modes.slice().buffer);
