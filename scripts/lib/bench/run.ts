import { closeSync } from "node:fs";

export type Run = {
  /** From just before the start of the process to its end. */
  readonly wallS: number;
  /** User and system time of the process and of those it waited for: vimto's and QEMU's together. */
  readonly cpuS: number;
};

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How many sockets it gets as descriptors 3 and up; what comes on them is not read. */
  readonly sockets?: number;
};

/** Runs a command that says nothing to its end. Throws with what it said when it fails. */
export async function timed(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const began = performance.now();
  const sockets = Array.from({ length: options.sockets ?? 0 }, () => "pipe" as const);
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "ignore", "pipe", ...sockets],
    env: { ...process.env, ...options.environment },
  });
  const said = new Response(child.stderr).text();
  const status = await child.exited;
  const wallS = (performance.now() - began) / 1e3;
  for (const end of child.stdio.slice(3)) if (typeof end === "number") closeSync(end);
  if (status !== 0)
    throw new Error(`"${command.join(" ")}" ended with ${status} and said: ${await said}`);
  return { wallS, cpuS: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6 };
}
