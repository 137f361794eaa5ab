import { join } from "node:path";
import { findGitRoot } from "../host/git-root.ts";
import { carriedEnvironment, carriedFile, carriedOptions } from "../settings/carried.ts";
import { fileName } from "../settings/file.ts";
import type { Settings } from "../settings/settings.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { shellJoin } from "../settings/words.ts";

/** Whether a word names a go command: go, gotip, go1.21rc2, or a path to one of them. */
export const isGoBinary = (word: string): boolean =>
  /^go(?:tip|-?\d[\w.+-]*)?$/.test(word.slice(word.lastIndexOf("/") + 1));

export interface GoPlan {
  readonly argv: readonly string[];
  /** Variables to set for it besides the caller's own. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The `go test` to run on the host, with vimto as its -exec, so that each test binary is run in a
 * machine of its own, in the directory of its package.
 *
 * @param argv the go command line as written, from the go binary on
 * @param vimto absolute path of this vimto
 * @param named options that choose a kernel of the settings file
 * @throws UserError go-command when it is no `go test`, or has an -exec; conflict with --gdb
 */
export function planGo(
  argv: readonly string[],
  vimto: string,
  settings: Settings,
  named: readonly string[] = [],
): GoPlan {
  const [go = "go", subcommand, ...rest] = argv;
  if (subcommand !== "test") {
    throw new UserError(
      "go-command",
      `vimto runs only "go test", not ${quoted(argv.join(" "))}; to run that in a machine write: vimto exec -- ${shellJoin(argv)}`,
    );
  }
  if (settings.gdbPort !== undefined) {
    throw new UserError(
      "conflict",
      `--gdb needs a single machine, and "go test" starts one for each package; build with "go test -c" and write: vimto --gdb exec ./PACKAGE.test`,
    );
  }
  refuseExec(rest);
  const exec = goJoin([vimto, ...innerOptions(settings, named), "exec", "--"]);
  const first = chdirWords(rest);
  return {
    argv: [go, subcommand, ...rest.slice(0, first), "-exec", exec, ...rest.slice(first)],
    environment: carriedEnvironment(settings),
  };
}

function innerOptions(settings: Settings, named: readonly string[]): string[] {
  const carried = [...carriedOptions(settings, ["flag"]), ...named];
  const file = named.length > 0 || needsFile(settings) ? [carriedFile(settings)] : [];
  if (settings.pull !== "always") return [...file, ...carried];
  // The image is fetched once, before go starts; a package must not ask the registry again.
  return [...file, ...carried.filter((option) => !option.startsWith("--pull=")), "--pull=missing"];
}

/**
 * Go runs a test in the directory of its package. From there the git root's file is found again, and
 * a package's own file counts before it, as with the Go tool; any other file has to be named.
 */
function needsFile({ file, fileNamed, cwd }: Settings): boolean {
  if (fileNamed) return true;
  const root = findGitRoot(cwd);
  return file !== undefined && (root === undefined || file !== join(root, fileName));
}

/** Go insists that -C, if given, is the very first flag ("go help build"). */
function chdirWords(words: readonly string[]): number {
  const [first = ""] = words;
  if (first === "-C" || first === "--C") return 2;
  return /^--?C=/.test(first) ? 1 : 0;
}

function refuseExec(words: readonly string[]): void {
  const ours = words.findIndex((word) => word === "-args" || word === "--args");
  const found = words
    .slice(0, ours < 0 ? words.length : ours)
    .find((word) => /^--?exec(?:=|$)/s.test(word));
  if (found === undefined) return;
  throw new UserError(
    "go-command",
    `"go test" was given ${quoted(found)}, but vimto is its -exec already; remove it, or use "go test" without vimto`,
  );
}

/**
 * Words as one text that `go` splits into the same words: quotes only count where a word begins, and
 * nothing is escaped inside of them (cmd/internal/quoted in Go's source).
 */
export function goJoin(words: readonly string[]): string {
  return words.map(goQuote).join(" ");
}

function goQuote(word: string): string {
  if (word !== "" && !/[ \t\n\r]/.test(word) && !/^["']/.test(word)) return word;
  const quote = ["'", '"'].find((candidate) => !word.includes(candidate));
  if (quote !== undefined) return `${quote}${word}${quote}`;
  throw new UserError(
    "go-command",
    `${quoted(word)} has blanks and both kinds of quotes, which go's -exec cannot carry; write it in .vimto.toml instead`,
  );
}
