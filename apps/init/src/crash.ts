import { at, type Builder } from "@vimto/asm";
import {
  type Architecture,
  PR_GET_NAME,
  SA_RESTORER,
  SA_SIGINFO,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
} from "@vimto/linux";
import { say } from "./console.ts";
import { powerOff } from "./end.ts";

/** The signals that the kernel sends to a process for what one of its instructions does. */
export const FAULTS = [SIGILL, SIGBUS, SIGFPE, SIGSEGV] as const;

/** Exit status of a process that has said where it crashed. */
export const CRASHED = 70;

/** Of `si_code` in siginfo_t (include/uapi/asm-generic/siginfo.h). */
const SI_CODE = 8;
/** A value of 0 or below comes from kill(2) and the like; this loads it without its sign. */
const LARGEST_CODE = 0x7fff_ffff;
/** Where ucontext_t has the program counter (arch/x86, arch/arm64: asm/ucontext.h, asm/sigcontext.h). */
const PROGRAM_COUNTER: Record<Architecture, number> = { x86_64: 40 + 16 * 8, aarch64: 176 + 264 };
/** struct sigaction of the kernel: handler, flags, restorer, mask. */
const SIGACTION = { bytes: 32, flags: 8, restorer: 16 } as const;
/** TASK_COMM_LEN, prctl(2). */
const NAME_BYTES = 16;

/**
 * From here on this process and its children say on the console when they crash: the name of the process,
 * the signal and the address of the instruction, which the host turns into a line of the sources
 * (apps/host/src/machine/guest-init.ts). Process 1 powers the machine off then, the others end.
 */
export function reportCrashes(p: Builder, arch: Architecture): void {
  const handler = p.variable();
  const result = p.variable();
  const low = p.variable();
  const high = p.variable();
  const name = p.buffer(NAME_BYTES);
  p.entry(handler, (signal, info, context) => {
    p.math(low, info, "add", SI_CODE);
    p.load(low, 4, low);
    // Sent by a process, as by `kill -SEGV -1`: that is no crash.
    p.when(low, "==", 0, () => p.signalReturn());
    p.when(low, ">", LARGEST_CODE, () => p.signalReturn());
    p.syscall("prctl", PR_GET_NAME, name, 0, 0, 0);
    p.math(low, context, "add", PROGRAM_COUNTER[arch]);
    p.load(low, 8, low);
    p.math(high, low, "shr", 16);
    say(p, { text: name }, " crashed at 0x", { hex: high }, { hex: low }, ", signal 0x", {
      hex: signal,
    });
    p.when(p.syscallTo(result, "getpid"), "==", 1, () => powerOff(p));
    p.exit(CRASHED);
  });
  const action = p.buffer(SIGACTION.bytes);
  p.store(8, action, handler);
  p.store(8, at(action, SIGACTION.flags), SA_SIGINFO | SA_RESTORER);
  // x86-64 demands a restorer; the handler never returns to it.
  p.store(8, at(action, SIGACTION.restorer), handler);
  for (const signal of FAULTS) p.syscall("rt_sigaction", signal, action, 0, 8);
}
