import { at, Builder, type Value, type Variable } from "../program.ts";
import { RECORD } from "../records.ts";
import { EINTR, readAll, tell } from "./common.ts";

/** Descriptors 3 and 4: the script to run comes in one pipe, what happened goes out by the other. */
export const LAUNCH = { script: 3, records: 4 } as const;

/** The longest script in bytes: arguments and environment are 2 MiB at most by default (execve(2)). */
export const SCRIPT_LIMIT = 8 << 20;

/** What happens when a system call of the script fails. */
export const ON_FAILURE = { stop: 0, ignore: 1, continue: 2 } as const;

/**
 * One call of a script is 64 bytes: u32 number, u32 what to do on failure (bits 0 to 7) and the errno
 * that the call before must have failed with for this one to run (bits 16 to 31, 0 for always), u32
 * mask of the arguments to replace by the result of the call before, u32 padding, u64 arguments.
 */
export const CALL_SIZE = 64;

/** Numbers that are no system calls. `fork` has one argument, see below; `mark` has its own index. */
export const PSEUDO = { fork: 0x1_0000, mark: 0x1_0001 } as const;

/** Exit status after a failure that ends the script; a record said which call and which errno. */
export const LAUNCH_FAILED = 125;

const FD_CLOEXEC = 1;
const F_SETFD = 2;
const SIGCHLD = 17;
const CLOCK_MONOTONIC = 1;

/**
 * Runs a script of system calls and so becomes the user's command. It waits, in a template too, for a
 * script that says where, as whom and what: u32 length, u32 number of calls, then the calls, then what
 * they point to, with addresses that are right for the place where it is read to.
 *
 * At `fork` the child goes on with the script; the parent waits for it, says how it ended and writes
 * back what file systems hold. The argument of `fork` goes with that record: 1 ends the streams.
 */
export function launch() {
  const p = new Builder();
  const size = p.buffer(8);
  const script = p.buffer(SCRIPT_LIMIT);
  const record = p.buffer(RECORD.size);
  const length = p.variable();
  const calls = p.variable();
  const call = p.variable();
  const index = p.variable();
  const previous = p.variable();
  const number = p.variable();
  const mode = p.variable();
  const mask = p.variable();
  const scratch = p.variable();
  const place = p.variable();
  const args = Array.from({ length: 6 }, () => p.variable());
  const result = p.variable();
  const [first = result] = args;

  p.syscall("fcntl", LAUNCH.records, F_SETFD, FD_CLOEXEC);
  p.syscall("fcntl", LAUNCH.script, F_SETFD, FD_CLOEXEC);
  const gone = () => p.exit(LAUNCH_FAILED);
  readAll(p, LAUNCH.script, size, 8, gone);
  p.load(length, 4, size);
  p.load(calls, 4, at(size, 4));
  p.when(length, ">", SCRIPT_LIMIT, gone);
  readAll(p, LAUNCH.script, script, length, gone);

  p.set(call, script);
  p.loop((leave, again) => {
    p.when(index, "==", calls, leave);
    const field = (to: Variable, offset: number, width: 2 | 4 | 8 = 8) => {
      p.math(place, call, "add", offset);
      p.load(to, width, place);
    };
    const next = () => {
      p.math(call, call, "add", CALL_SIZE);
      p.math(index, index, "add", 1);
      again();
    };
    field(number, 0, 4);
    field(mode, 4);
    p.math(mask, mode, "shr", 32);
    p.math(scratch, mode, "shr", 16);
    p.math(scratch, scratch, "and", 0xffff);
    p.when(scratch, "!=", 0, () => {
      p.math(scratch, scratch, "add", previous);
      p.when(scratch, "!=", 0, next);
    });
    p.math(mode, mode, "and", 0xff);
    for (const [i, arg] of args.entries()) {
      field(arg, 16 + 8 * i);
      p.math(scratch, mask, "and", 1 << i);
      p.when(scratch, "!=", 0, () => p.set(arg, previous));
    }
    p.when(number, "==", PSEUDO.mark, () => {
      clock(p, scratch);
      tell(p, LAUNCH.records, record, RECORD.mark, first, scratch);
      next();
    });
    p.when(number, "==", PSEUDO.fork, () => {
      p.set(result, p.syscall("clone", SIGCHLD, 0, 0, 0, 0));
      p.when(result, ">", 0, () => supervise(p, record, result, first));
      p.when(result, "==", 0, next);
      p.set(number, 0);
    });
    p.when(number, "!=", 0, () => {
      p.set(result, p.syscall(number, ...(args satisfies Value[])));
      p.when(result, "==", -EINTR, again);
    });
    p.when(result, "<", 0, () =>
      p.when(mode, "!=", ON_FAILURE.ignore, () => {
        p.math(scratch, 0, "sub", result);
        tell(p, LAUNCH.records, record, RECORD.failed, index, scratch);
        p.when(mode, "==", ON_FAILURE.stop, gone);
      }),
    );
    p.set(previous, result);
    next();
  });
  gone();
  return { program: p.build(), script };
}

/** The parent: its own ends of the pipes closed, it waits for `child` and then ends. */
function supervise(
  p: Builder,
  record: ReturnType<Builder["buffer"]>,
  child: Variable,
  final: Value,
): void {
  const status = p.buffer(8);
  const value = p.variable();
  for (const fd of [0, 1, 2, LAUNCH.script]) p.syscall("close", fd);
  tell(p, LAUNCH.records, record, RECORD.started, 0, child);
  p.loop((leave) => {
    const ended = p.syscall("wait4", child, status, 0, 0);
    p.when(ended, "!=", -EINTR, leave);
  });
  p.load(value, 4, status);
  tell(p, LAUNCH.records, record, RECORD.exited, final, value);
  p.syscall("sync");
  tell(p, LAUNCH.records, record, RECORD.synced, 0, 0);
  p.exit(0);
}

/** Nanoseconds of CLOCK_MONOTONIC to `to`. */
function clock(p: Builder, to: Variable): void {
  const time = p.buffer(16);
  const part = p.variable();
  p.syscall("clock_gettime", CLOCK_MONOTONIC, time);
  p.load(part, 8, time);
  p.math(to, part, "mul", 1_000_000_000);
  p.load(part, 8, at(time, 8));
  p.math(to, to, "add", part);
}
