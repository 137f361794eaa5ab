import type { Builder, Value } from "@vimto/asm";
import { AT_FDCWD, O_WRONLY } from "@vimto/linux";
import { append, appendHex, LONGEST } from "./text.ts";

/**
 * The start of each line on the console by which guest init says why it ends. The host looks for it
 * (apps/host/src/machine/guest-init.ts).
 */
const PREFIX = "vimto: guest init: ";

/** A part of a line: a constant text, a C string at an address, or a number in hexadecimal. */
export type Part = string | { readonly text: Value } | { readonly hex: Value };

/** Writes one line to the console, in one piece, so that the kernel's own lines do not cut it. */
export function say(p: Builder, ...parts: readonly Part[]): void {
  p.scope(() => sayParts(p, parts));
}

function sayParts(p: Builder, parts: readonly Part[]): void {
  const line = p.buffer(LONGEST);
  const length = p.variable();
  p.set(length, 0);
  for (const part of [PREFIX, ...parts, "\n"]) {
    if (typeof part === "string") append(p, line, length, p.text(part));
    else if ("text" in part) append(p, line, length, part.text);
    else appendHex(p, line, length, part.hex);
  }
  const console = p.variable();
  p.syscallTo(console, "openat", AT_FDCWD, p.text("/dev/console"), O_WRONLY, 0);
  p.syscall("write", console, line, length);
  p.syscall("close", console);
}
