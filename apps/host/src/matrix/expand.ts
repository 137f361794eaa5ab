import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errorCode } from "../failure.ts";
import { type Entry, valueName } from "../settings/origin.ts";
import { quoted, UserError } from "../settings/user-error.ts";

/** A kernel, and where its text starts when it is a relative path. */
export type Named = Entry & { readonly directory: string };

/**
 * The kernels that a text names: a list of tags (":6.1,:6.6"), the lines of a file ("@kernels.txt"), the files
 * that a pattern fits, in the order of their versions; or itself.
 *
 * @throws UserError for a file that cannot be read, and for a pattern that fits nothing
 */
export function expand(entry: Named): Named[] {
  const { text } = entry;
  if (text.startsWith("@")) return linesOf(entry);
  if (text.startsWith(":") && text.includes(",")) return tagsOf(entry);
  if (/[*?[]/.test(text) && !existsSync(resolve(entry.directory, text))) return filesOf(entry);
  return [entry];
}

function tagsOf(entry: Named): Named[] {
  const tags = entry.text.split(",");
  if (tags.some((tag) => tag === "" || tag === ":"))
    throw new UserError(
      "bad-value",
      `${valueName(entry.origin)} ${quoted(entry.text)} has an empty tag; write for example :6.1,:6.6`,
    );
  return tags.map((tag) => ({ ...entry, text: tag.startsWith(":") ? tag : `:${tag}` }));
}

/** One kernel a line; what stands behind a # is a remark. */
function linesOf(entry: Named): Named[] {
  const path = resolve(entry.directory, entry.text.slice(1));
  const bad = (why: string) =>
    new UserError("bad-value", `${valueName(entry.origin)} ${quoted(entry.text)} ${why}`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw bad(`cannot be read (${errorCode(error) ?? error}); name a file with a kernel a line`);
  }
  const lines = text
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  if (lines.length === 0) throw bad("names no kernel; write one a line");
  if (lines.some((line) => line.startsWith("@")))
    throw bad("names another file of kernels; write its lines here");
  return lines.flatMap((line) => expand({ ...entry, text: line, directory: dirname(path) }));
}

const byVersion = new Intl.Collator("en", { numeric: true });

function filesOf(entry: Named): Named[] {
  const { text, directory } = entry;
  const absolute = text.startsWith("/");
  const found = [
    ...new Bun.Glob(absolute ? text.slice(1) : text).scanSync({
      cwd: absolute ? "/" : directory,
      onlyFiles: false,
      dot: false,
    }),
  ];
  if (found.length === 0)
    throw new UserError(
      "bad-value",
      `${valueName(entry.origin)} ${quoted(text)} fits no file of ${quoted(directory)}; correct the pattern`,
    );
  const shown = (path: string) =>
    absolute ? join("/", path) : /^\.{0,2}\//.test(path) ? path : `./${path}`;
  return found.sort(byVersion.compare).map((path) => ({ ...entry, text: shown(path) }));
}
