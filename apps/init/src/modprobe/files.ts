import { type Builder, at as inside, type Value } from "@vimto/asm";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "@vimto/linux";
import { NEWLINES, PADDING, type SpanVariables } from "./words.ts";

/** Debian's modules.alias and modules.symbols have 1.5 MB each. */
const MEMORY = 32 << 20;

export type Files = ReturnType<typeof makeFiles>;

/** Memory that is never freed, and whole files read to it. */
export function makeFiles(p: Builder) {
  const memory = p.buffer(MEMORY + 2 * PADDING);
  const end = inside(memory, MEMORY);
  const free = p.variable();
  p.set(free, memory);
  const path = p.variable();
  const result = p.variable();
  const file = p.variable();
  const left = p.variable();
  const start = p.variable();
  /** Reads the file at `path` to `free`. */
  const read = p.routine((leave) => {
    p.set(start, free);
    p.syscallTo(file, "openat", AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    p.when(file, "<", 0, leave);
    p.loop((jumpOut) => {
      p.math(left, end, "sub", free);
      p.syscallTo(result, "read", file, free, left);
      p.when(result, "<=", 0, jumpOut);
      p.math(free, free, "add", result);
    });
    p.syscall("close", file);
    p.store(8, free, NEWLINES);
    p.math(free, free, "add", PADDING);
  });
  return {
    free,
    memoryEnd: end,
    /** Reads a file to memory that `to` then spans; a file that cannot be read leaves `to` empty. */
    read(to: SpanVariables, name: Value): void {
      p.set(path, name);
      read();
      p.set(to.start, start);
      p.set(to.end, free);
    },
  };
}
