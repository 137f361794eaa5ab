import { basename } from "node:path";

/** What every core file of one run begins with; `id` is random, four bytes. */
export const corePrefix = (id: Uint8Array): string => `core-${Buffer.from(id).toString("hex")}-`;

/** What the kernel makes of it for each core (core(5)). */
const coreName = (prefix: string): string => `${prefix}%e.%p.%t`;

/** Guest init, which keeps the dump when it is not process 1 (apps/init/src/roles/keep-core.ts). */
const KEEP_CORE = "/proc/1/exe";

/** CORENAME_MAX_SIZE of the kernel, less the byte that ends it; what is longer is cut off. */
const LONGEST_PATTERN = 127;

/**
 * The file name for cores: in the directory, or in that which the crashed process works in, if the pattern
 * that this makes would be too long for the kernel.
 */
function patternIn(directory: string, name: string, pattern: (path: string) => string): string {
  const inDirectory = pattern(`${directory.replaceAll("%", "%%")}/${name}`);
  return Buffer.byteLength(inDirectory) <= LONGEST_PATTERN ? inDirectory : pattern(name);
}

/** As many dumps may be on their way at a time: a process whose dump is does not end before (core(5)). */
const PIPE_LIMIT = "64";

/**
 * What makes the kernel write the cores of `users` so that they belong to the caller, who owns every
 * file that QEMU makes. The kernel itself keeps no core in a file that is not its user's
 * (fs/coredump.c, "cannot preserve file owner"), so for others a program of root's writes it.
 *
 * @param cwd where the cores belong
 * @param users everyone that a command of the run starts as
 */
export function coreSysctls(
  prefix: string,
  cwd: string,
  caller: number,
  users: readonly number[],
): Readonly<Record<string, string>> {
  const name = coreName(prefix);
  if (users.every((user) => user === caller))
    return { "kernel/core_pattern": patternIn(cwd, name, (path) => path) };
  const started = (path: string) => `|${KEEP_CORE} %P %c ${path}`;
  // The words of the program end at blanks.
  const pattern = /\s/.test(cwd) ? started(name) : patternIn(cwd, name, started);
  return { "kernel/core_pipe_limit": PIPE_LIMIT, "kernel/core_pattern": pattern };
}

/** The kernel keeps 15 characters of a program's name (TASK_COMM_LEN), and no slash in %e. */
const NAME_LENGTH = 15;

/** Whether a core file is of the program at `path`, as far as its name tells. */
export function isCoreOf(file: string, prefix: string, path: string): boolean {
  const name = new TextEncoder().encode(basename(path)).subarray(0, NAME_LENGTH);
  return file.startsWith(`${prefix}${new TextDecoder().decode(name)}.`);
}

/** `go test` removes a test binary that it has built in its own temporary directory. */
export const isPassing = (path: string): boolean => /\/go-build\d+\/.*\.test$/.test(path);
