import { constants, copyFileSync, readdirSync } from "node:fs";
import { basename, join, onDisk, resolve } from "@vimto/linux";
import { errorCode } from "../../failure.ts";
import { isCoreOf, isPassing } from "./pattern.ts";

/**
 * Sentences about the core files of a run, which begin with `prefix` and lie in `cwd`. The binary of a
 * crashed Go test is copied beside its core, since go removes it.
 */
export function coreSentences(cwd: string, prefix: string, program: string): string[] {
  const files = coreFiles(cwd, prefix);
  const path = resolve(cwd, program);
  const sentences = files.map((file) => `core dumped: ${join(cwd, file)}`);
  if (!isPassing(path) || !files.some((file) => isCoreOf(file, prefix, path))) return sentences;
  const copy = join(cwd, `${prefix}${basename(path)}`);
  try {
    copyFileSync(onDisk(path), onDisk(copy), constants.COPYFILE_EXCL);
    return [...sentences, `its test binary: ${copy}`];
  } catch (error) {
    return [...sentences, `its test binary ${path} could not be copied (${errorCode(error)})`];
  }
}

/** Nothing can be said of a directory that is gone or may not be read. */
function coreFiles(cwd: string, prefix: string): string[] {
  try {
    return readdirSync(onDisk(cwd))
      .filter((name) => name.startsWith(prefix))
      .sort();
  } catch {
    return [];
  }
}
