import type { Builder, Variable } from "@vimto/asm";
import { EINTR, F_SETFD, FD_CLOEXEC } from "@vimto/linux";
import { RECORD } from "../records.ts";
import { clock, forkSharingRoot, tell } from "./common.ts";
import { interpret } from "./interpret.ts";
import { syncHost } from "./sync-host.ts";
import { joinTerminal } from "./terminal.ts";

/**
 * Descriptors 3 to 5: a pipe with the script to run, a pipe for records, and a pipe that `superviseLaunch`
 * closes when the process that waits for the script exists.
 */
const LAUNCH = { script: 3, records: 4, ready: 5 } as const;

/** Exit status after a failure that ends the script; a record names the call and the errno. */
export const LAUNCH_FAILED = 125;

/**
 * Waits, in a template too, for a script that says where, as whom and what to run, and becomes the user's
 * command through it. Needs the memory for scripts (makeRoomForScripts).
 */
export function launch(p: Builder): void {
  const record = p.buffer(RECORD.size);
  const time = p.variable();
  p.syscall("fcntl", LAUNCH.records, F_SETFD, FD_CLOEXEC);
  p.syscall("fcntl", LAUNCH.script, F_SETFD, FD_CLOEXEC);
  interpret(p, LAUNCH.script, {
    mark: (index) => {
      clock(p, time);
      tell(p, LAUNCH.records, record, RECORD.mark, index, time);
    },
    started: () => {
      p.syscallTo(time, "getpid");
      tell(p, LAUNCH.records, record, RECORD.started, 0, time);
    },
    failed: (index, errno) => tell(p, LAUNCH.records, record, RECORD.failed, index, errno),
    terminal: (master, result) => joinTerminal(p, master, [LAUNCH.script, LAUNCH.records], result),
    gone: () => p.exit(LAUNCH_FAILED),
  });
  p.exit(LAUNCH_FAILED);
}

/**
 * `launch` in a child, which exists before its script, and its parent, which waits for the child, tells how it
 * ended and writes file systems back.
 */
export function superviseLaunch(p: Builder): void {
  const child = p.variable();
  forkSharingRoot(p, child);
  p.syscall("close", LAUNCH.ready);
  p.when(child, "==", 0, () => launch(p));
  // Process 1 sees that, and says so.
  p.when(child, "<", 0, () => p.exit(LAUNCH_FAILED));
  for (const fd of [0, 1, 2, LAUNCH.script]) p.syscall("close", fd);
  const record = p.buffer(RECORD.size);
  const status = waitFor(p, child);
  waitForOthers(p);
  tell(p, LAUNCH.records, record, RECORD.exited, 0, status);
  syncHost(p, () => tell(p, LAUNCH.records, record, RECORD.unwritten, 0, 0));
  tell(p, LAUNCH.records, record, RECORD.synced, 0, 0);
  p.exit(0);
}

/** Waits for a child to end; the variable then holds its wait(2) status, or the status of a failed launch. */
export function waitFor(p: Builder, child: Variable): Variable {
  const place = p.buffer(8);
  const status = p.variable();
  p.store(8, place, LAUNCH_FAILED << 8);
  p.loop((jumpOut) => {
    const ended = p.syscallTo(p.variable(), "wait4", child, place, 0, 0);
    p.when(ended, "!=", -EINTR, jumpOut);
  });
  p.load(status, 4, place);
  return status;
}

/** The children that move input and output of a terminal; without a terminal there are no such children. */
function waitForOthers(p: Builder): void {
  const ended = p.variable();
  p.loop((jumpOut) => {
    p.syscallTo(ended, "wait4", -1, 0, 0, 0);
    p.when(ended, "<", 0, () => p.when(ended, "!=", -EINTR, jumpOut));
  });
}
