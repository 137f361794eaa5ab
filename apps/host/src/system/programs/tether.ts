import { Builder, type Program } from "@vimto/asm";
import { PR_SET_PDEATHSIG, SIGKILL } from "@vimto/linux";

/** Exit statuses as a shell has them. */
const NOT_EXECUTABLE = 126;
export const TETHER_PARENT_GONE = 143;

/**
 * `tether PARENT PROGRAM ARGS...`: becomes PROGRAM in a session of its own, ended by the kernel as soon
 * as the parent ends, however it ends (prctl(2), PR_SET_PDEATHSIG). PARENT is the process id in
 * decimal: if it has ended already, nothing is started.
 */
export function tether(): Program {
  const p = new Builder();
  const stack = p.variable();
  const argv = p.variable();
  const envp = p.variable();
  const place = p.variable();
  const digit = p.variable();
  const parent = p.variable();
  p.stack(stack);
  p.syscall("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  p.syscall("setsid");

  p.math(argv, stack, "add", 8);
  p.math(place, argv, "add", 8);
  p.load(place, 8, place);
  p.loop((jumpOut) => {
    p.load(digit, 1, place);
    p.when(digit, "==", 0, jumpOut);
    p.math(digit, digit, "sub", 0x30);
    p.math(parent, parent, "mul", 10);
    p.math(parent, parent, "add", digit);
    p.math(place, place, "add", 1);
  });
  p.when(p.syscallTo(p.variable(), "getppid"), "!=", parent, () => p.exit(TETHER_PARENT_GONE));

  // envp begins behind the NULL that ends argv.
  p.load(envp, 8, stack);
  p.math(envp, envp, "shl", 3);
  p.math(envp, envp, "add", argv);
  p.math(envp, envp, "add", 8);
  p.math(argv, argv, "add", 16);
  p.load(place, 8, argv);
  p.syscall("execve", place, argv, envp);
  p.exit(NOT_EXECUTABLE);
  return p.build();
}
