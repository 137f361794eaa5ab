import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { errorCode } from "@vimto/linux";
import { type ByteString, fromText, toPath } from "../byte-string.ts";

/**
 * Removes a file, a link or a directory with all in it, following no link. Directories that their archive made
 * unwritable are made writable first, so this works for users other than root too, and names need not be UTF-8.
 * A missing file is no error.
 */
export function removeTree(path: string): void {
  removePath(fromText(path));
}

/** The same for a path of bytes. */
export function removePath(path: ByteString): void {
  const stat = lstatSync(toPath(path), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    ifThere(() => unlinkSync(toPath(path)));
    return;
  }
  if ((stat.mode & 0o700) !== 0o700) chmodSync(toPath(path), 0o700);
  for (const name of readdirSync(toPath(path), { encoding: "latin1" }))
    removePath(`${path}/${name}`);
  ifThere(() => rmdirSync(toPath(path)));
}

function ifThere(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
