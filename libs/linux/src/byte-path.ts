import { realpathSync } from "node:fs";
import path from "node:path";
import { bytesOfText, textOfBytes } from "./byte-text.ts";

/**
 * Functions of node:path, and the form of a path for node:fs, for paths in the form of `textOfBytes`: both
 * replace the bytes that are not UTF-8 where they get them in a string.
 */

const latin1 = (text: string) => Buffer.from(bytesOfText(text)).toString("latin1");

/** A "/" and a "." are the same byte in every text, so a function that looks for these alone may get any. */
const onBytes =
  <Rest extends readonly string[]>(join: (...paths: Rest) => string) =>
  (...paths: Rest): string =>
    paths.every((part) => part.isWellFormed())
      ? join(...paths)
      : textOfBytes(Buffer.from(join(...(paths.map(latin1) as unknown as Rest)), "latin1"));

export const basename: (file: string) => string = onBytes(path.basename);
export const dirname: (file: string) => string = onBytes(path.dirname);
export const join: (...parts: string[]) => string = onBytes(path.join);
/** The first of the paths must be absolute. */
export const resolve: (...parts: string[]) => string = onBytes(path.resolve);

/** Where the links of a path lead (realpath(3)). Errors: those of node:fs. */
export function realPath(file: string): string {
  const text = file.isWellFormed() ? realpathSync(file) : REPLACED;
  return text.includes(REPLACED) ? textOfBytes(realpathSync(onBuffer(file), "buffer")) : text;
}

const REPLACED = "\ufffd";
const onBuffer = (file: string) => Buffer.from(bytesOfText(file));

/** What node:fs takes for the path. */
export const onDisk = (file: string): string | Buffer =>
  file.isWellFormed() ? file : onBuffer(file);
