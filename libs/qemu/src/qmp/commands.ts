import { QemuError } from "../error.ts";
import type { Qmp } from "./client.ts";
import { isObject } from "./message.ts";

/** A machine's run state (qapi/run-state.json). */
export type RunStatus = {
  /** Such as "running", "paused", "prelaunch", "inmigrate", "postmigrate" and "internal-error". */
  readonly status: string;
  readonly running: boolean;
};

/**
 * The run state now. A machine that KVM gave up on announces "STOP" and is then "internal-error";
 * there is no event of its own for that.
 */
export async function queryStatus(qmp: Qmp): Promise<RunStatus> {
  const value = await qmp.execute("query-status");
  if (isObject(value)) {
    const { status, running } = value;
    if (typeof status === "string" && typeof running === "boolean") return { status, running };
  }
  throw unexpected("query-status", value);
}

/** Starts or continues the processors; resolves to the moment, in milliseconds of the host's clock. */
export const resume = (qmp: Qmp): Promise<number> => switchTo(qmp, "cont", "RESUME");

/** Halts the processors; resolves to the moment, in milliseconds of the host's clock. */
export const pause = (qmp: Qmp): Promise<number> => switchTo(qmp, "stop", "STOP");

async function switchTo(qmp: Qmp, command: string, event: string): Promise<number> {
  const happened = qmp.nextEvent(event);
  // If the command itself is refused, nobody waits for the event.
  happened.catch(() => {});
  await qmp.execute(command);
  return (await happened).time;
}

/** Ends QEMU. Resolves as well if QEMU closes the socket instead of answering. */
export async function quit(qmp: Qmp): Promise<void> {
  try {
    await qmp.execute("quit");
  } catch (error) {
    if (!(error instanceof QemuError && error.code === "qmp-closed")) throw error;
  }
}

export const unexpected = (command: string, value: unknown): QemuError =>
  new QemuError(
    "qmp-protocol",
    `QEMU answered ${command} with ${JSON.stringify(value)}, which vimto does not understand`,
  );
