/** A pseudo-terminal that stands for the port: the one character device that an unprivileged test can make. */
import { dlopen, ptr } from "bun:ffi";

const libc = dlopen("libc.so.6", {
  posix_openpt: { args: ["i32"], returns: "i32" },
  grantpt: { args: ["i32"], returns: "i32" },
  unlockpt: { args: ["i32"], returns: "i32" },
  ptsname_r: { args: ["i32", "ptr", "u64"], returns: "i32" },
  tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
  cfmakeraw: { args: ["ptr"], returns: "void" },
  tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
}).symbols;

const O_RDWR_NOCTTY_CLOEXEC = 0o2000402;
/** More than any struct termios. */
const TERMIOS = 128;

/** A new one that changes no byte. `path` is the side that opens as the port. */
export function rawTerminal(): { readonly ours: number; readonly path: string } {
  const ours = libc.posix_openpt(O_RDWR_NOCTTY_CLOEXEC);
  const name = new Uint8Array(64);
  const settings = new Uint8Array(TERMIOS);
  const failed =
    ours < 0 ||
    libc.grantpt(ours) !== 0 ||
    libc.unlockpt(ours) !== 0 ||
    libc.ptsname_r(ours, ptr(name), name.length) !== 0 ||
    libc.tcgetattr(ours, ptr(settings)) !== 0;
  if (failed) throw new Error("no pseudo-terminal can be made");
  libc.cfmakeraw(ptr(settings));
  if (libc.tcsetattr(ours, 0, ptr(settings)) !== 0) throw new Error("the terminal stays as it is");
  return { ours, path: new TextDecoder().decode(name.subarray(0, name.indexOf(0))) };
}
