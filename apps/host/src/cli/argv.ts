import { didYouMean } from "../settings/nearest.ts";
import type { WrittenOption } from "../settings/options.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { shellJoin } from "../settings/words.ts";
import { isGoBinary } from "./go-command.ts";
import { readOption } from "./option-reader.ts";

/** A command line, cut into its parts. */
export interface CommandLine {
  /** The options as written, in order; their values are text that nobody has checked yet. */
  readonly options: readonly WrittenOption[];
  /** The name of the command. */
  readonly name: string;
  readonly words: readonly string[];
}

/**
 * Cuts a command line (without the program's own name) at the command. Options stop there: what follows
 * `exec`, less one `--`, or a go binary, which is the command `go`, is returned as it is. Behind any other
 * command, options may stand too.
 *
 * @param names of the commands that vimto has
 * @throws UserError with one sentence for the first mistake
 */
export function cutCommandLine(argv: readonly string[], names: readonly string[]): CommandLine {
  const options: WrittenOption[] = [];
  let index = 0;
  let ended = false;
  while (index < argv.length && !ended) {
    const word = argv[index] ?? "";
    if (!isOption(word)) break;
    index++;
    if (word === "--") {
      ended = true;
      continue;
    }
    index += readInto(options, word, argv[index], "");
    const early = helpOrVersion(options, []);
    if (early) return early;
  }
  const word = argv[index];
  if (word === undefined) throw noCommand(ended);
  const rest = argv.slice(index + 1);
  if (isGoBinary(word)) return { options, name: "go", words: [word, ...rest] };
  if (!names.includes(word)) throw unknownCommand(word, rest, ended ? [] : names);
  if (word !== "exec") return cutBehind(word, rest, options);
  return { options, name: word, words: rest[0] === "--" ? rest.slice(1) : rest };
}

const isOption = (word: string): boolean => word.startsWith("-") && word !== "-";

/** Reads one option and its value if that is a word of its own; returns how many words that took. */
function readInto(
  options: WrittenOption[],
  word: string,
  following: string | undefined,
  command: string,
): 0 | 1 {
  const { option, usedFollowing } = readOption(word, following, command);
  options.push(option);
  return usedFollowing ? 1 : 0;
}

/** Whoever asks for help gets it, whatever follows. */
function helpOrVersion(
  options: readonly WrittenOption[],
  words: readonly string[],
): CommandLine | undefined {
  const last = options.at(-1);
  if (last?.text !== "true") return undefined;
  if (last.name === "help") return { options, name: "help", words };
  return last.name === "version" ? { options, name: "version", words: [] } : undefined;
}

/** Every command but exec and go: options and words in any order. */
function cutBehind(name: string, rest: readonly string[], options: WrittenOption[]): CommandLine {
  const words: string[] = [];
  for (let index = 0; index < rest.length; ) {
    const word = rest[index++] ?? "";
    if (word === "--") {
      words.push(...rest.slice(index));
      break;
    }
    if (isOption(word)) index += readInto(options, word, rest[index], name);
    else words.push(word);
    const early = helpOrVersion(options, [name]);
    if (early) return early;
  }
  return { options, name, words };
}

const noCommand = (ended: boolean): UserError =>
  new UserError(
    "no-command",
    ended
      ? "no command follows --; write: vimto -- go test ./..., or: vimto exec -- COMMAND"
      : "no command given; write: vimto exec COMMAND, or see: vimto --help",
  );

function unknownCommand(
  word: string,
  rest: readonly string[],
  names: readonly string[],
): UserError {
  const run = `to run it in a machine write: vimto exec -- ${shellJoin([word, ...rest])}`;
  const subject =
    names.length === 0
      ? `${quoted(word)} after -- is no go command`
      : `unknown command ${quoted(word)}`;
  return new UserError("unknown-command", `${subject}${didYouMean(word, names, run, quoted)}`);
}
