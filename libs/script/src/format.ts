/** What Script writes and the programs of guest init read (programs/interpret.ts). */

/** The longest script in bytes: arguments and environment are 2 MiB at most by default (execve(2)). */
export const SCRIPT_LIMIT = 8 << 20;

/**
 * Where a script lies in the memory of the process that runs it: far from the two segments of the
 * program (elf.ts), and from what the kernel places by itself on x86-64 and aarch64.
 */
export const SCRIPT_ADDRESS = 0x2000_0000;

/** u32 length of what follows, u32 number of calls; then the calls, then what they point to. */
export const SCRIPT_HEADER = 8;

/**
 * One call of a script is 64 bytes: u32 number, u32 mode, u32 arguments to replace (bits 0 to 7 by the result
 * of the call before, bits 8 to 15 by the one that was kept), u32 address of the step's name, u64 arguments. Of
 * the mode, bits 0 to 6 say what to do on failure, bit 7 to keep the result, bits 8 to 15 are an errno below
 * 256 that does not count as a failure (0: every errno counts), bits 16 to 31 the errno with which the call
 * before must have failed for this one to run (0: it always runs).
 */
export const CALL_SIZE = 64;

/** What happens when a system call of the script fails. */
export const ON_FAILURE = { stop: 0, ignore: 1, continue: 2 } as const;
export const KEEP = 0x80;
/** Where the arguments that are replaced by what was kept begin in their mask. */
export const KEPT_SHIFT = 8;

/**
 * Numbers that are no system calls: `started` tells the process id, `mark` the time and its own index, and
 * `terminal` joins a pseudo-terminal, whose master is the first argument, to descriptors 0 and 1; its result is
 * the other side, or minus an errno.
 */
export const PSEUDO = { started: 0x1_0000, mark: 0x1_0001, terminal: 0x1_0002 } as const;
