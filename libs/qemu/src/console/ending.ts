import type { Task } from "./kernel-line.ts";

export type ConsoleEndingCode =
  /** The decompressor in a bzImage gave up. */
  | "bad-kernel"
  /** The kernel could not unpack the initramfs. */
  | "bad-initramfs"
  /** There was no /init that could be run, nor a root file system. */
  | "no-init"
  | "init-died"
  | "out-of-memory"
  | "panic";

/** Why the kernel came to its end, as its console told. */
export type ConsoleEnding = {
  readonly code: ConsoleEndingCode;
  /** One sentence for the user. */
  readonly sentence: string;
  /** The kernel's own words, without "Kernel panic - not syncing: ". */
  readonly reason: string;
  /** Who was running, if the kernel said. */
  readonly task: Task | undefined;
  /** Functions of the call trace, innermost first. */
  readonly trace: readonly string[];
};

type Verdict = Pick<ConsoleEnding, "code" | "sentence">;

/** Lines of the console before the panic that may explain it. */
export type Clues = {
  /** The first line of the oops that led to the panic. */
  readonly fault: string | undefined;
  readonly task: Task | undefined;
  /** What follows "Initramfs unpacking failed: ". */
  readonly initramfs: string | undefined;
  /** "Failed to execute /init (error -8)". */
  readonly init: string | undefined;
};

/** Judges "-- System halted" by the line before it (arch/x86/boot/compressed/error.c). */
export function judgeHalt(message: string): Verdict {
  if (message.startsWith("Out of memory")) {
    return {
      code: "out-of-memory",
      sentence: `the guest has too little memory to unpack its kernel (${message}); raise --memory`,
    };
  }
  return {
    code: "bad-kernel",
    sentence: `the kernel image does not unpack itself (${message || "no reason given"}); it is damaged, get it again`,
  };
}

/** Judges a panic by its reason. */
export function judgePanic(reason: string, clues: Clues): Verdict {
  // mm/oom_kill.c: nothing left to kill, or panic_on_oom.
  if (/^(?:System is deadlocked on memory|Out of memory)/.test(reason)) {
    return {
      code: "out-of-memory",
      sentence: `the guest ran out of memory (${reason}); raise --memory`,
    };
  }
  // init/main.c kernel_init, init/do_mounts.c mount_root_generic
  if (/^(?:No working init found|VFS: Unable to mount root fs)/.test(reason)) {
    return judgeMissingInit(reason, clues);
  }
  const exit = /^Attempted to kill init! exitcode=(0x[0-9a-f]+)/.exec(reason);
  if (exit && clues.fault === undefined) {
    return {
      code: "init-died",
      sentence: `the guest's first process ${describeWaitStatus(Number(exit[1]))}, which ends a kernel`,
    };
  }
  const where = clues.task ? ` in ${clues.task.name} (pid ${clues.task.pid})` : "";
  return {
    code: "panic",
    sentence: `the guest's kernel panicked${where}: ${clues.fault ? `${clues.fault}, ${reason}` : reason}`,
  };
}

function judgeMissingInit(reason: string, clues: Clues): Verdict {
  if (clues.initramfs !== undefined) {
    // init/initramfs.c says "write error" when a file does not fit into memory.
    return {
      code: "bad-initramfs",
      sentence: `the kernel could not unpack the initramfs (${clues.initramfs}); raise --memory, or let vimto write it anew by emptying its cache`,
    };
  }
  if (clues.init !== undefined) {
    return {
      code: "no-init",
      sentence: `the kernel could not run the initramfs's init (${clues.init}); it must be built for 64-bit ELF programs`,
    };
  }
  return {
    code: "no-init",
    sentence: `the kernel found no initramfs (${firstSentence(reason)}); it must be built with CONFIG_BLK_DEV_INITRD`,
  };
}

// "No working init found.  Try passing init= option to kernel. See ..."
const firstSentence = (reason: string): string => reason.split(/\. {1,2}/, 1)[0] ?? reason;

/** Reads a wait(2) status: a signal in the low seven bits, else an exit status above them. */
export function describeWaitStatus(status: number): string {
  const signal = status & 0x7f;
  return signal === 0
    ? `ended with exit status ${(status >> 8) & 0xff}`
    : `was killed by signal ${signal}`;
}
