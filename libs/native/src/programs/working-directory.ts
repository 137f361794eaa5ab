import { type Address, at, Builder, type Program } from "../program.ts";
import { ignoreSigpipe, writeAll } from "./common.ts";

const ENOENT = 2;
/** getcwd(2) knows no longer path. */
const PATH_MAX = 4096;
const STDERR = 2;
/** vimto's own failures. */
const FAILED = 125;

/** What is said, each one line that ends with a newline, when there is no working directory. */
export type WorkingDirectorySentences = {
  readonly deleted: string;
  /** Its path is longer than the kernel can tell, or it is out of reach, as after a lazy unmount. */
  readonly unusable: string;
};

/**
 * Ends with status 125 and a sentence on stderr if the working directory has no path; else does
 * nothing. fs/d_path.c, getcwd: ENOENT for a deleted directory, "(unreachable)" in front of a path
 * that does not lead to the root.
 */
export function workingDirectory(sentences: WorkingDirectorySentences): Program {
  const p = new Builder();
  const path = p.buffer(PATH_MAX);
  const first = p.variable();
  const result = p.syscall("getcwd", path, PATH_MAX);
  p.when(result, "==", -ENOENT, () => say(p, sentences.deleted));
  p.when(result, "<", 0, () => say(p, sentences.unusable));
  p.load(first, 1, path);
  p.when(first, "!=", "/".charCodeAt(0), () => say(p, sentences.unusable));
  return p.build();
}

function say(p: Builder, sentence: string): void {
  const bytes = new TextEncoder().encode(sentence);
  const place = p.buffer(bytes.length + 7);
  storeBytes(p, place, bytes);
  ignoreSigpipe(p);
  writeAll(p, STDERR, place, bytes.length, () => p.exit(FAILED));
  p.exit(FAILED);
}

/** In place of a constant, which a program on the stack cannot have. */
function storeBytes(p: Builder, place: Address, bytes: Uint8Array): void {
  const padded = new Uint8Array((bytes.length + 7) & ~7);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  for (let offset = 0; offset < padded.length; offset += 8)
    p.store(8, at(place, offset), view.getBigUint64(offset, true));
}
