import { basename, bytesOfText } from "@vimto/linux";

/** What every core file of one run begins with; `id` is random, four bytes. */
export const corePrefix = (id: Uint8Array): string => `core-${Buffer.from(id).toString("hex")}-`;

/** What the kernel makes of it for each core (core(5)). */
const coreName = (prefix: string): string => `${prefix}%e.%p.%t`;

/** Guest init, which keeps the dump when it is not process 1 (apps/init/src/roles/keep-core.ts). */
const KEEP_CORE = "/proc/1/exe";

/** CORENAME_MAX_SIZE of the kernel, less the byte that ends it; what is longer is cut off. */
const LONGEST_PATTERN = 127;

/** The pattern for cores in `directory`; where it is too long for the kernel, in the crashed process's own. */
function patternIn(directory: string, name: string, pattern: (path: string) => string): string {
  const inDirectory = pattern(`${directory.replaceAll("%", "%%")}/${name}`);
  return bytesOfText(inDirectory).length <= LONGEST_PATTERN ? inDirectory : pattern(name);
}

/** How many dumps the kernel pipes at a time; a process ends after its dump (core(5)). */
const PIPE_LIMIT = "64";

/**
 * Settings with which the cores of `users` belong to the caller, who owns every file that QEMU makes. The
 * kernel writes no core into another user's file (fs/coredump.c, "cannot preserve file owner"), so a program of
 * root writes those of other users.
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
  const pattern = bytesOfText(cwd).some(isBlank) ? started(name) : patternIn(cwd, name, started);
  return { "kernel/core_pipe_limit": PIPE_LIMIT, "kernel/core_pattern": pattern };
}

/** Where the kernel splits the program's words: its isspace() takes Latin-1's no-break space, half of an "à", for one. */
const isBlank = (byte: number): boolean =>
  byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;

/** The kernel keeps 15 characters of a program's name (TASK_COMM_LEN), and no slash in %e. */
const NAME_LENGTH = 15;

/** Whether a core file is of the program at `path`, as far as its name tells. */
export function isCoreOf(file: string, prefix: string, path: string): boolean {
  const name = bytesOfText(basename(path)).subarray(0, NAME_LENGTH);
  return file.startsWith(`${prefix}${new TextDecoder().decode(name)}.`);
}

/** `go test` removes a test binary that it has built in its own temporary directory. */
export const isPassing = (path: string): boolean => /\/go-build\d+\/.*\.test$/.test(path);
