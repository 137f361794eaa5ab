import type { TestContext } from "vitest";

/** Ends the test as skipped, with the reason; on a CI machine that is a failure. */
export function skip(context: TestContext, reason: string): never {
  if (process.env.CI === "true") throw new Error(`must not be skipped in CI: ${reason}`);
  return context.skip(reason);
}

/** Runs a program of the distribution with bytes on its stdin; skips when it is not installed. */
export function tool(
  context: TestContext,
  command: readonly [string, ...string[]],
  input: Uint8Array = new Uint8Array(0),
): Uint8Array {
  if (Bun.which(command[0]) === null) skip(context, `${command[0]} is not installed`);
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: input });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout;
}
