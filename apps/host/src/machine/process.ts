import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { emit } from "@vimto/asm";
import { ownArchitecture, SIGKILL } from "@vimto/linux";
import { Connection } from "../system/connection.ts";
import { kill, memoryFile, socketPair } from "../system/libc.ts";
import { tether } from "../system/programs/tether.ts";

/** More than QEMU ever says; the rest is read and forgotten. */
const STDERR_LIMIT = 64 * 1024;

export type QemuExit = { readonly status: number | undefined; readonly signal: string | undefined };

/** A running QEMU and our ends of its sockets. */
export type QemuProcess = {
  readonly pid: number;
  readonly console: Connection;
  readonly monitor: Connection;
  readonly channel: Connection;
  /** Resolves when the process is gone and its stderr is read. */
  readonly exited: Promise<QemuExit & { readonly stderr: string }>;
  /** Resolves when stderr has had `text`; rejects never, so race it with `exited`. */
  said(text: string): Promise<void>;
  kill(): void;
};

/**
 * Starts QEMU with its console, monitor and channel on inherited sockets, in a session of its own and tied
 * to this process: the kernel kills it when vimto ends, whatever ends vimto (system/programs/tether.ts).
 */
export async function startQemu(
  binary: string,
  args: readonly string[],
  files: readonly number[] = [],
): Promise<QemuProcess> {
  const tetherFile = memoryFile("vimto-tether");
  const sockets = [socketPair(), socketPair(), socketPair()] as const;
  try {
    writeSync(tetherFile, emit(tether(), ownArchitecture).bytes);
    const child = Bun.spawn({
      // The child closes its own copy of the file before it executes it, so it is named by ours.
      cmd: [`/proc/${process.pid}/fd/${tetherFile}`, `${process.pid}`, binary, ...args],
      stdio: ["ignore", "ignore", "pipe", ...sockets.map(([, theirs]) => theirs), ...files],
    });
    const [console, monitor, channel] = await Promise.all([
      Connection.adopt(sockets[0][0]),
      Connection.adopt(sockets[1][0]),
      Connection.adopt(sockets[2][0]),
    ]);
    const stderr = new StderrText(child.stderr);
    return {
      pid: child.pid,
      console,
      monitor,
      channel,
      exited: child.exited.then(async () => ({
        status: child.exitCode ?? undefined,
        signal: signalName(child.signalCode),
        stderr: await stderr.whole,
      })),
      said: (text) => stderr.said(text),
      // It leads a group of its own, with whatever a wrapper in its place has started.
      kill: () => {
        if (child.exitCode === null && child.signalCode === null) kill(-child.pid, SIGKILL);
      },
    };
  } finally {
    closeSync(tetherFile);
    for (const [, theirs] of sockets) closeSync(theirs);
  }
}

function signalName(signal: string | number | null): string | undefined {
  if (signal === null) return undefined;
  if (typeof signal === "string") return signal;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
}

/** What QEMU says on stderr, as far as anyone wants to know. */
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
