import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { Failure } from "../failure.ts";
import { kernelLogScript } from "../guest/kernel-log.ts";
import { exitStatus } from "../report/status.ts";
import type { Exit } from "../session/session.ts";
import { showSize } from "../settings/memory.ts";
import type { Conduct } from "./steps.ts";

const { SIGKILL } = constants.signals;
/** A kernel whose console is turned off says nothing. */
const PATIENCE_MS = 10_000;

/**
 * What a command that failed has to do with the guest's memory: the Failure that its kernel killed it, or,
 * as a warning, that the kernel killed others of its processes. The console and the channel are not in step, so where
 * somebody was killed, this waits for a line that follows all that the kernel has said.
 */
export async function outOfMemory(run: Conduct, exit: Exit): Promise<Failure | undefined> {
  const { session, memoryBytes, emit } = run;
  const { machine, commandPid } = session;
  const killed = "signal" in exit ? exit.signal === SIGKILL : exit.status === 128 + SIGKILL;
  if (exitStatus(exit) === 0 || !(killed || machine.oomKills.length > 0)) return undefined;
  await consoleCaughtUp(run);
  const more = `more than ${showSize(memoryBytes)} with --memory`;
  const own = machine.oomKills.find(({ pid }) => pid === commandPid);
  if (own?.of === "machine")
    return new Failure(
      "memory",
      `the guest ran out of memory and its kernel killed the command; give it ${more}`,
    );
  if (own !== undefined)
    emit({
      kind: "warning",
      text: "the guest's kernel killed the command, as its cgroup in the guest had no memory left",
    });
  const [first, ...others] = machine.oomKills.filter(({ of }) => of === "machine");
  if (first !== undefined)
    emit({
      kind: "warning",
      text: `the guest ran out of memory and its kernel killed ${JSON.stringify(first.name)} (process ${first.pid})${others.length > 0 ? ` and ${others.length} more` : ""}; give the command ${more}`,
    });
  return undefined;
}

/** Resolves when the host has seen all that the guest's kernel has said until now. */
async function consoleCaughtUp({ session, plan }: Conduct): Promise<void> {
  const line = `vimto: the command was killed ${randomBytes(8).toString("hex")}`;
  const shown = session.machine.consoleSays(line);
  await session.run(kernelLogScript(plan.architecture, line), () => {});
  await Promise.race([shown, Bun.sleep(PATIENCE_MS)]);
}
