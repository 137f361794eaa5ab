import { lstatSync, readFileSync, statSync } from "node:fs";
import { dirname, join, onDisk, resolve } from "@vimto/linux";
import { findGitRoot } from "../host/git-root.ts";
import type { Layer } from "./origin.ts";
import { codeOf } from "./shares.ts";
import { shownPath, UserError } from "./user-error.ts";

export const fileName = ".vimto.toml";

/** What a settings file says. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string;
  readonly layer: Layer;
}

/** No settings file is larger; more is a mistake, such as a link to a disk. */
const mostBytes = 1024 * 1024;

/**
 * Finds the settings file: .vimto.toml in the working directory, else at the top of the git working
 * tree around it. A file that is there but unusable is found all the same.
 *
 * @param cwd absolute
 */
export function findSettingsFile(cwd: string): string | undefined {
  const here = join(cwd, fileName);
  if (isThere(here)) return here;
  const root = findGitRoot(cwd);
  if (root === undefined || root === cwd) return undefined;
  const top = join(root, fileName);
  return isThere(top) ? top : undefined;
}

function isThere(path: string): boolean {
  try {
    lstatSync(onDisk(path));
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    if (code === "EACCES") throw unsearchable(dirname(path), error);
    throw unreadable(path, code, error);
  }
}

/**
 * Reads the settings file of a directory, or the one that --config names; `--config none` reads no file at all.
 * The TOML parser and the schema are loaded only when there is a file.
 *
 * @param cwd absolute
 * @throws UserError file-unreadable, file-syntax, file-key or bad-value, naming file and line
 */
export async function readSettingsFile(
  cwd: string,
  named?: string,
): Promise<SettingsFile | undefined> {
  if (named === "none") return undefined;
  const path = named === undefined ? findSettingsFile(cwd) : resolve(cwd, named);
  if (path === undefined) return undefined;
  const text = readText(path);
  const { parseSettings } = await import("./file-parse.ts");
  return { path, layer: parseSettings(text, path) };
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    // Opening a pipe or a device could block for ever, so this checks the kind first.
    const stat = statSync(onDisk(path));
    if (stat.isDirectory()) throw unreadable(path, "EISDIR");
    if (!stat.isFile()) throw unreadable(path, "EINVAL");
    if (stat.size > mostBytes) throw unreadable(path, "EFBIG");
    bytes = readFileSync(onDisk(path));
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, codeOf(error), error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, "EILSEQ", error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "you may not read it; change its mode or owner",
  EFBIG: "it is larger than 1M, which no settings file is",
  EILSEQ: "it is not UTF-8 text; save it as UTF-8",
  EINVAL: "it is not a regular file; put a file there",
  EISDIR: "it is a directory; put a file there",
  ELOOP: "its symbolic links go in a circle; mend the link",
  ENOENT: "it does not exist; correct the path or mend the link",
  ENOTDIR: "it does not exist; correct the path",
};

const unsearchable = (directory: string, cause: unknown): UserError =>
  new UserError(
    "file-unreadable",
    `you may not search the directory ${shownPath(directory)}; change its mode, or start vimto in another`,
    { cause },
  );

const unreadable = (path: string, code: string, cause?: unknown): UserError =>
  new UserError(
    "file-unreadable",
    `settings file ${shownPath(path)} cannot be read: ${reasons[code] ?? code}`,
    { cause },
  );
