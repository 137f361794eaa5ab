import { constants } from "node:os";
import { family, inForeground } from "../host/foreground.ts";
import { exitStatus } from "../report/status.ts";
import { isIgnored } from "../system/ignored-signals.ts";
import { kill } from "../system/libc.ts";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** What a terminal sends to every process of its foreground group by itself. */
const TYPED: readonly string[] = ["SIGINT", "SIGQUIT"];

/**
 * Runs a program on the host with this process's own streams. A signal goes to it and to the vimtos that it has
 * started, as from a terminal, unless a terminal has already sent it to them.
 */
export async function onHost(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = Bun.spawn([...argv], { env, stdio: ["inherit", "inherit", "inherit"] });
  const handlers = FORWARDED.filter((name) => !isIgnored(name)).map((name) => {
    const handler = () => forward(name, child.pid);
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    await child.exited;
  } finally {
    for (const off of handlers) off();
  }
  return statusOf(child);
}

/** Sends a signal of this process to a child and the vimtos that it has started. */
export function forward(name: keyof typeof constants.signals, child: number): void {
  if (TYPED.includes(name) && inForeground()) return;
  for (const pid of family(child)) kill(pid, constants.signals[name]);
}

/** The exit status that a shell gives. */
export function statusOf({
  exitCode,
  signalCode,
}: Pick<Bun.Subprocess, "exitCode" | "signalCode">): number {
  if (exitCode !== null) return exitCode;
  const signal = typeof signalCode === "string" ? constants.signals[signalCode] : signalCode;
  return exitStatus({ signal: signal ?? 0 });
}
