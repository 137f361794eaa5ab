import { closeSync, writeSync } from "node:fs";
import { emit } from "@vimto/asm";
import { ownArchitecture, TCGETS, TCSETS, TIOCGWINSZ } from "@vimto/linux";
import { errorCode } from "../failure.ts";
import { ioctl, memoryFile, socketPair } from "./libc.ts";
import { keeper } from "./programs/keeper.ts";

/** struct termios of the kernel (include/uapi/asm-generic/termbits.h): four words, a byte, 19 characters. */
const TERMIOS = { bytes: 36, iflag: 0, oflag: 4, cflag: 8, lflag: 12, cc: 17 } as const;
const VINTR = 0;
const VTIME = 5;
const VMIN = 6;
/** What cfmakeraw(3) turns off, and what it sets instead. */
const RAW = { iflag: 0o2753, oflag: 0o1, cflag: 0o460, lflag: 0o100113, cs8: 0o60 } as const;

export type WindowSize = { readonly rows: number; readonly columns: number };

/** The size of a terminal; 0 and 0 for one that was closed. */
export function windowSize(fd: number): WindowSize {
  const words = new Uint16Array(4);
  ifThere(() => ioctl(fd, TIOCGWINSZ, new Uint8Array(words.buffer)));
  const [rows = 0, columns = 0] = words;
  return { rows, columns };
}

/**
 * The terminal of this process's stdin. While it is raw, it passes on every byte that is typed, and echoes
 * nothing; it gets its modes back however this process ends.
 */
export class Terminal {
  readonly #fd = 0;
  /** As they were before. */
  readonly modes: Uint8Array;
  /** The socket on which a keeper waits for the end of this process. */
  #keeper: number | undefined;

  /** Throws SystemError when stdin is no terminal. */
  constructor() {
    this.modes = new Uint8Array(TERMIOS.bytes);
    ioctl(this.#fd, TCGETS, this.modes);
  }

  /** What is typed to interrupt a program; undefined where there is no such key (termios(3), VINTR). */
  get interruptKey(): number | undefined {
    return this.modes[TERMIOS.cc + VINTR] || undefined;
  }

  size(): WindowSize {
    return windowSize(this.#fd);
  }

  raw(): void {
    const raw = rawModes(this.modes);
    this.#keeper ??= this.#keep(raw);
    ifThere(() => ioctl(this.#fd, TCSETS, raw));
  }

  /** Gives it its modes back. */
  restore(): void {
    const keeper = this.#keeper;
    if (keeper === undefined) return;
    this.#keeper = undefined;
    ifThere(() => ioctl(this.#fd, TCSETS, this.modes));
    ifThere(() => writeSync(keeper, "0"));
    closeSync(keeper);
  }

  #keep(raw: Uint8Array): number {
    const file = memoryFile("vimto-keeper");
    const [ours, theirs] = socketPair();
    try {
      writeSync(file, emit(keeper(this.modes, raw), ownArchitecture).bytes);
      const cmd = [`/proc/${process.pid}/fd/${file}`];
      Bun.spawn({ cmd, stdio: ["inherit", "ignore", "ignore", theirs] });
      return ours;
    } finally {
      closeSync(file);
      closeSync(theirs);
    }
  }
}

/** Passes over the failure of a terminal that was closed, or of a keeper that somebody killed. */
function ifThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!["EIO", "ENOTTY", "EPIPE"].includes(errorCode(error) ?? "")) throw error;
  }
}

/** cfmakeraw(3). */
function rawModes(modes: Uint8Array): Uint8Array {
  const raw = modes.slice();
  const view = new DataView(raw.buffer);
  const clear = (offset: number, bits: number, set = 0) =>
    view.setUint32(offset, (view.getUint32(offset, true) & ~bits) | set, true);
  clear(TERMIOS.iflag, RAW.iflag);
  clear(TERMIOS.oflag, RAW.oflag);
  clear(TERMIOS.cflag, RAW.cflag, RAW.cs8);
  clear(TERMIOS.lflag, RAW.lflag);
  raw[TERMIOS.cc + VMIN] = 1;
  raw[TERMIOS.cc + VTIME] = 0;
  return raw;
}
