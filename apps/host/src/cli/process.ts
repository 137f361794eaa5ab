import { fstatSync, readFileSync } from "node:fs";
import type { RunStreams } from "../run/request.ts";
import { FORWARDED, type SignalSource } from "../run/watch.ts";
import { isIgnored } from "../system/ignored-signals.ts";
import { readingFrom, writingTo } from "../system/pumps.ts";
import { onSuspension } from "../system/suspension.ts";
import type { ProcessTerminal } from "./terminal.ts";

/** The signals of this process, less those that it was started to ignore. */
export const processSignals: SignalSource = {
  subscribe: (listener) => {
    const ends = FORWARDED.filter((name) => !isIgnored(name)).map((name) => {
      const handler = () => listener(name);
      process.on(name, handler);
      return () => process.off(name, handler);
    });
    return () => {
      for (const end of ends) end();
    };
  },
  suspension: onSuspension,
};

/** Descriptors 0 to 2 of this process. */
export const processStreams = (terminal?: ProcessTerminal): RunStreams => ({
  merged: isSameFile(1, 2),
  closed: [0, 1, 2].filter(wasClosed),
  terminal,
  open: async () => {
    const [stdout, stderr] = await Promise.all([writingTo(1), writingTo(2)]);
    return {
      stdin: () => readingFrom(0),
      typed: terminal?.typed,
      hangsUp: terminal?.hangsUp,
      stdout,
      stderr,
    };
  },
});

function isSameFile(a: number, b: number): boolean {
  try {
    const [one, other] = [fstatSync(a, { bigint: true }), fstatSync(b, { bigint: true })];
    return one.dev === other.dev && one.ino === other.ino && one.rdev === other.rdev;
  } catch {
    return false;
  }
}

const O_CLOEXEC = 0o2000000;

/**
 * Whether a descriptor of this process was closed when it began. Bun opens /dev/null in its place, with
 * O_CLOEXEC; a descriptor that survived an execve never has that flag.
 */
function wasClosed(fd: number): boolean {
  try {
    const [, flags] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
    return (Number.parseInt(flags ?? "0", 8) & O_CLOEXEC) !== 0;
  } catch {
    return false;
  }
}
