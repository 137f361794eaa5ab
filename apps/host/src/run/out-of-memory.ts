import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { Failure } from "../failure.ts";
import { kernelLogScript } from "../guest/kernel-log.ts";
import type { Exit } from "../session/session.ts";
import { showSize } from "../settings/memory.ts";
import type { Conduct } from "./steps.ts";

/** A kernel whose console is turned off says nothing. */
const PATIENCE_MS = 10_000;

/**
 * Why the command was killed, if that was the guest's kernel for want of memory. The console and the
 * channel are not in step, so this waits for a line that follows all that the kernel has said.
 */
export async function outOfMemory(run: Conduct, exit: Exit): Promise<Failure | undefined> {
  if (!("signal" in exit) || exit.signal !== constants.signals.SIGKILL) return undefined;
  const { session, plan, memoryBytes } = run;
  const { machine, commandPid } = session;
  const line = `vimto: the command was killed ${randomBytes(8).toString("hex")}`;
  const shown = machine.consoleSays(line);
  await session.run(kernelLogScript(plan.architecture, line), () => {});
  await Promise.race([shown, Bun.sleep(PATIENCE_MS)]);
  if (!machine.oomKills.some(({ pid }) => pid === commandPid)) return undefined;
  return new Failure(
    "memory",
    `the guest ran out of memory and its kernel killed the command; give it more than ${showSize(memoryBytes)} with --memory`,
  );
}
