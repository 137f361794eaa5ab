import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { emit } from "@vimto/asm";
import { ownArchitecture, SIGKILL } from "@vimto/linux";
import { kill, memoryFile } from "./libc.ts";
import { tether } from "./programs/tether.ts";

/** More than anyone needs; the rest is read and dropped. */
const STDERR_LIMIT = 64 * 1024;

export type ChildExit = {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;
};

export type Child = {
  readonly pid: number;
  readonly stderr: StderrText;
  /** Resolves when the process is gone and its stderr is read. */
  readonly exited: Promise<ChildExit>;
  /** Ends it with all that it has started; returns whether it was still running. */
  kill(): boolean;
};

/**
 * Starts a program in a session of its own, tied to this process: the kernel kills it when vimto ends,
 * whatever ends vimto (system/programs/tether.ts).
 *
 * @param files its descriptors from 3 on
 */
export function tethered(
  command: readonly string[],
  files: readonly number[],
  options: Parameters<typeof tether>[0] = {},
): Child {
  const tetherFile = memoryFile("vimto-tether");
  try {
    writeSync(tetherFile, emit(tether(options), ownArchitecture).bytes);
    const child = Bun.spawn({
      // The child closes its own copy of the file before it executes it, so it is named by ours.
      cmd: [`/proc/${process.pid}/fd/${tetherFile}`, `${process.pid}`, ...command],
      stdio: ["ignore", "ignore", "pipe", ...files],
    });
    const stderr = new StderrText(child.stderr);
    return {
      pid: child.pid,
      stderr,
      exited: child.exited.then(async () => ({
        status: child.exitCode ?? undefined,
        signal: signalName(child.signalCode),
        stderr: await stderr.whole,
      })),
      kill: () => {
        const runs = child.exitCode === null && child.signalCode === null;
        if (!runs) return false;
        // Right after its start the process has no group yet, and would go on.
        child.kill(SIGKILL);
        // It leads a group of its own, with whatever a wrapper in its place has started.
        kill(-child.pid, SIGKILL);
        return true;
      },
    };
  } finally {
    closeSync(tetherFile);
  }
}

function signalName(signal: string | number | null): string | undefined {
  if (signal === null) return undefined;
  if (typeof signal === "string") return signal;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
}

/** What a program says on stderr, up to a limit. */
class StderrText {
  readonly whole: Promise<string>;
  #text = "";
  readonly #waiting: { text: string; resolve: () => void }[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.whole = this.#read(stream);
  }

  said(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ text, resolve });
      this.#look();
    });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      if (this.#text.length >= STDERR_LIMIT) continue;
      this.#text += decoder.decode(chunk, { stream: true });
      this.#look();
    }
    return this.#text;
  }

  #look(): void {
    for (const { text, resolve } of this.#waiting) if (this.#text.includes(text)) resolve();
  }
}
