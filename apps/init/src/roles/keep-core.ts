import type { Builder, Variable } from "@vimto/asm";
import { AT_FDCWD, EINTR, O_CREAT, O_EXCL, O_WRONLY } from "@vimto/linux";
import { writeAll } from "./common.ts";

const NEW_FILE = O_WRONLY | O_CREAT | O_EXCL;
const CHUNK = 1 << 16;
const STDIN = 0;
/** The program's own name, PID, LIMIT, NAME. */
const ARGUMENTS = 4;

/**
 * What guest init does when it is not process 1: the kernel starts it as `PROGRAM PID LIMIT NAME`, as root and
 * with a core dump on stdin (core(5)). It writes the dump to NAME, in the working directory of PID, whose
 * RLIMIT_CORE is LIMIT; if LIMIT is 0, it writes nothing.
 *
 * @param stack where the arguments are
 */
export function keepCore(p: Builder, stack: Variable): void {
  const place = p.variable();
  const first = p.variable();
  p.load(first, 8, stack);
  p.when(first, "!=", ARGUMENTS, () => p.exit(1));
  const argument = (index: number) => {
    p.math(place, stack, "add", 8 * (1 + index));
    p.load(place, 8, place);
    return place;
  };
  p.load(first, 1, argument(2));
  p.when(first, "==", "0".charCodeAt(0), () => p.exit(0));

  const result = p.variable();
  const enter = (path: () => Parameters<typeof p.syscall>[1]) =>
    p.when(p.syscallTo(result, "chdir", path()), "!=", 0, () => p.exit(1));
  const [processes, workingDirectory] = [p.text("/proc"), p.text("cwd")];
  enter(() => processes);
  enter(() => argument(1));
  enter(() => workingDirectory);

  const file = p.variable();
  p.syscallTo(file, "openat", AT_FDCWD, argument(3), NEW_FILE, 0o600);
  p.when(file, "<", 0, () => p.exit(1));
  const chunk = p.buffer(CHUNK);
  const got = p.variable();
  p.loop((jumpOut, jumpBack) => {
    p.syscallTo(got, "read", STDIN, chunk, CHUNK);
    p.when(got, "==", -EINTR, jumpBack);
    p.when(got, "<=", 0, jumpOut);
    writeAll(p, file, chunk, got, () => p.exit(1));
  });
  // Before stdin is closed: then the kernel lets the dumped process end, and with it perhaps the machine.
  p.syscall("close", file);
  p.exit(0);
}
