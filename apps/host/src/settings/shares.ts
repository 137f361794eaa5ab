import { accessSync, constants, statSync } from "node:fs";
import { onDisk, realPath, resolve } from "@vimto/linux";
import { quoted, UserError } from "./user-error.ts";

/** A host directory that the guest sees under its own path. */
export interface Share {
  /** Absolute, symbolic links kept. */
  readonly path: string;
  readonly readonly: boolean;
}

/** Directories that guest init fills itself; a share there would hide what it put there. */
const guestOwn = ["/proc", "/sys", "/dev"];

/**
 * Reads `DIR`, `DIR:ro` or `DIR:rw`. Only a last `:ro` or `:rw` is a mode: every other colon belongs
 * to the path.
 *
 * @param name what a sentence calls the value, such as "--share"
 * @param directory what a relative path starts from
 * @throws UserError share when there is no such directory or the guest cannot have it there
 */
export function parseShare(text: string, name: string, directory: string): Share {
  const [, written = "", mode] = /^(.*?)(?::(ro|rw))?$/s.exec(text) ?? [];
  const bad = (why: string, cause?: unknown) =>
    new UserError("share", `${name} ${quoted(text)} ${why}`, { cause });
  if (written === "") throw bad("names no directory; write DIR or DIR:ro");
  if (written.includes("\0")) throw bad("has a NUL byte, which no path can have");
  const path = resolve(directory, written);
  checkDirectory(path, written, bad);
  // The guest mounts where a symbolic link leads.
  const real = realPath(path);
  if (real === "/") throw bad("would cover the guest's whole root; share a directory below it");
  const own = guestOwn.find(
    (top) => real === top || (real.startsWith(`${top}/`) && top !== "/dev"),
  );
  if (own !== undefined) throw bad(`would cover the guest's own ${own}; share another directory`);
  return { path, readonly: mode === "ro" };
}

function checkDirectory(
  path: string,
  written: string,
  bad: (why: string, cause?: unknown) => UserError,
): void {
  try {
    if (!statSync(onDisk(path)).isDirectory()) {
      throw bad("is not a directory; share the directory that holds it");
    }
    accessSync(onDisk(path), constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      const place = path === written ? "" : ` (looked for ${quoted(path)})`;
      throw bad(`does not exist${place}; make it or correct the path`, error);
    }
    if (code === "EACCES") throw bad("cannot be read by you; change its mode or owner", error);
    throw bad(`cannot be used (${code})`, error);
  }
}

/** The code of a failed system call, such as ENOENT. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
