import { Builder, type Program, type Variable } from "@vimto/asm";
import {
  AT_FDCWD,
  AT_RECURSIVE,
  CLONE_NEWNS,
  MOUNT_ATTR_RDONLY,
  MS_REC,
  MS_SLAVE,
  PR_SET_PDEATHSIG,
  SIGKILL,
} from "@vimto/linux";

/** Exit statuses as a shell has them. */
const NOT_EXECUTABLE = 126;
export const TETHER_PARENT_GONE = 143;
export const TETHER_NOT_READ_ONLY = 144;

/** struct mount_attr (mount_setattr(2)), of which the first word is what to set. */
const MOUNT_ATTR_BYTES = 32;

/**
 * `tether PARENT PROGRAM ARGS...`: becomes PROGRAM in a session of its own, ended by the kernel as soon
 * as the parent ends, however it ends (prctl(2), PR_SET_PDEATHSIG). PARENT is the process id in
 * decimal: if it has ended already, nothing is started.
 *
 * With `readOnly` the program has mounts of its own, all of them read-only, later ones of the host too as
 * far as they are below those; it needs root and Linux 5.12.
 */
export function tether({ readOnly = false }: { readonly readOnly?: boolean } = {}): Program {
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

  if (readOnly) {
    const path = p.text("/");
    const attributes = p.buffer(MOUNT_ATTR_BYTES);
    const must = (result: Variable) => p.when(result, "!=", 0, () => p.exit(TETHER_NOT_READ_ONLY));
    p.store(8, attributes, MOUNT_ATTR_RDONLY);
    must(p.syscallTo(p.variable(), "unshare", CLONE_NEWNS));
    must(p.syscallTo(p.variable(), "mount", 0, path, 0, MS_REC | MS_SLAVE, 0));
    const result = p.variable();
    must(
      p.syscallTo(
        result,
        "mount_setattr",
        AT_FDCWD,
        path,
        AT_RECURSIVE,
        attributes,
        MOUNT_ATTR_BYTES,
      ),
    );
  }

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
