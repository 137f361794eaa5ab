import { readFileSync } from "node:fs";
import { constants } from "node:os";

export type SignalName = keyof typeof constants.signals;

let own: bigint | undefined;

/**
 * Whether whoever started this process has it ignore a signal, as nohup(1) does with SIGHUP and a shell without
 * jobs with SIGINT and SIGQUIT of what it runs in the background. Such a signal is to have no effect (POSIX.1-2024,
 * Shell & Utilities 2.12), so nobody listens to it. It is looked up once, before the first handler is there.
 */
export function isIgnored(name: SignalName): boolean {
  own ??= ignoredSignals(readFileSync("/proc/self/status", "latin1"));
  return ((own >> BigInt(constants.signals[name] - 1)) & 1n) === 1n;
}

/** The mask of SigIgn in /proc/PID/status (proc(5)), bit 0 for signal 1. */
function ignoredSignals(status: string): bigint {
  const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return BigInt(`0x${mask}`);
}
