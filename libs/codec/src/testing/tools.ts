import { skip } from "@vimto/linux/testing/skip";
import type { TestContext } from "vitest";

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
