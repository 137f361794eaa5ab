import { closeSync } from "node:fs";
import { Connection } from "../system/connection.ts";
import { socketPair } from "../system/libc.ts";
import { type Child, type ChildExit, tethered } from "../system/tethered.ts";

/** A running QEMU and our ends of its sockets. */
export type QemuProcess = {
  readonly pid: number;
  readonly console: Connection;
  readonly monitor: Connection;
  readonly channel: Connection;
  /** Resolves when the process is gone and its stderr is read. */
  readonly exited: Promise<ChildExit>;
  /** Resolves when stderr has had `text`; rejects never, so race it with `exited`. */
  said(text: string): Promise<void>;
  /** Whether it was running until then. */
  kill(): boolean;
};

/**
 * Starts QEMU with its console, monitor and channel on inherited sockets, in a session of its own and tied
 * to this process (tethered.ts).
 */
export async function startQemu(
  binary: string,
  args: readonly string[],
  files: readonly number[] = [],
): Promise<QemuProcess> {
  const sockets = [socketPair(), socketPair(), socketPair()] as const;
  try {
    const child = start();
    const [console, monitor, channel] = await Promise.all([
      Connection.adopt(sockets[0][0]),
      Connection.adopt(sockets[1][0]),
      Connection.adopt(sockets[2][0]),
    ]);
    const { stderr } = child;
    // What the console said last is the reason of the end, so it is read first.
    const consoleRead = new Promise<void>((resolve) => console.onClose(resolve));
    return {
      pid: child.pid,
      console,
      monitor,
      channel,
      exited: Promise.all([child.exited, consoleRead]).then(([exit]) => exit),
      said: (text) => stderr.said(text),
      kill: child.kill,
    };
  } finally {
    for (const [, theirs] of sockets) closeSync(theirs);
  }

  function start(): Child {
    try {
      return tethered([binary, ...args], [...sockets.map(([, theirs]) => theirs), ...files]);
    } catch (error) {
      for (const [ours] of sockets) closeSync(ours);
      throw error;
    }
  }
}
