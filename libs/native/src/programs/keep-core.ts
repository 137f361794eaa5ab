import { Builder, type Program } from "../program.ts";
import { EINTR, writeAll } from "./common.ts";

const AT_FDCWD = -100;
const O_WRONLY_CREAT_EXCL = 0o301;
const CHUNK = 1 << 16;
const STDIN = 0;

/** Its path in the initramfs, which is the root of what the kernel itself starts. */
export const KEEP_CORE = "/vimto/keep-core";

/**
 * `keep-core PID LIMIT NAME`, which the kernel runs as root with a core dump on stdin (core(5)): writes
 * it to NAME in the working directory of PID, whose RLIMIT_CORE is LIMIT; nothing where that is 0.
 */
export function keepCore(): Program {
  const p = new Builder();
  const stack = p.variable();
  const place = p.variable();
  const first = p.variable();
  p.stack(stack);
  const argument = (index: number) => {
    p.math(place, stack, "add", 8 * (1 + index));
    p.load(place, 8, place);
    return place;
  };
  p.load(first, 1, argument(2));
  p.when(first, "==", "0".charCodeAt(0), () => p.exit(0));

  const enter = (path: () => Parameters<typeof p.syscall>[1]) =>
    p.when(p.syscall("chdir", path()), "!=", 0, () => p.exit(1));
  const [processes, workingDirectory] = [p.text("/proc"), p.text("cwd")];
  enter(() => processes);
  enter(() => argument(1));
  enter(() => workingDirectory);

  const file = p.variable();
  p.set(file, p.syscall("openat", AT_FDCWD, argument(3), O_WRONLY_CREAT_EXCL, 0o600));
  p.when(file, "<", 0, () => p.exit(1));
  const chunk = p.buffer(CHUNK);
  const got = p.variable();
  p.loop((leave, again) => {
    p.set(got, p.syscall("read", STDIN, chunk, CHUNK));
    p.when(got, "==", -EINTR, again);
    p.when(got, "<=", 0, leave);
    writeAll(p, file, chunk, got, () => p.exit(1));
  });
  // Before stdin is closed: the kernel lets the process end that dumped, and with it perhaps the machine.
  p.syscall("close", file);
  p.exit(0);
  return p.build();
}
