import { parseSize } from "../settings/memory.ts";
import { didYouMean } from "../settings/nearest.ts";
import type { OptionName, WrittenOption } from "../settings/options.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { parseDuration } from "../settings/values.ts";
import { shellJoin } from "../settings/words.ts";
import { type CommandName, commandNamed, commands } from "./command-table.ts";
import { isGoBinary } from "./go-command.ts";
import { readOption } from "./option-reader.ts";

/** What vimto was asked to do. */
export type Command =
  | { readonly kind: "exec"; readonly argv: readonly string[] }
  /** A go command line, from the go binary on. */
  | { readonly kind: "go"; readonly argv: readonly string[] }
  | { readonly kind: "doctor" | "config" | "wrap" | "images" | "cache" | "flush-cache" | "version" }
  | {
      readonly kind: "cache-prune";
      readonly olderThanMs: number | undefined;
      readonly maxBytes: number | undefined;
    }
  | { readonly kind: "pull"; readonly image: string }
  | { readonly kind: "help"; readonly topic: CommandName | undefined };

export interface Arguments {
  /** The options as written, in order; their values are text that nobody has checked yet. */
  readonly options: readonly WrittenOption[];
  readonly command: Command;
}

/**
 * Reads a command line (without the program's own name). Options stop at the command: what follows
 * `exec`, less one `--`, or a go binary, is returned as it is. After any other command, options may
 * stand too.
 *
 * @throws UserError with one sentence for the first mistake.
 */
export function parseArguments(argv: readonly string[]): Arguments {
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
    const early = helpOrVersion(options, undefined);
    if (early) return { options, command: early };
  }
  const word = argv[index];
  if (word === undefined) {
    throw new UserError(
      "no-command",
      ended
        ? "no command follows --; write: vimto -- go test ./..., or: vimto exec -- COMMAND"
        : "no command given; write: vimto exec COMMAND, or see: vimto --help",
    );
  }
  const rest = argv.slice(index + 1);
  if (isGoBinary(word)) return { options, command: { kind: "go", argv: [word, ...rest] } };
  const name = commandNamed(word);
  if (name === undefined) throw unknownCommand(word, rest, ended);
  if (name === "exec") return { options, command: execCommand(rest) };
  return parseAfter(name, rest, options);
}

const isOption = (word: string): boolean => word.startsWith("-") && word !== "-";

/** Reads one option and its value if that is a word of its own; returns how many words that took. */
function readInto(
  options: WrittenOption[],
  word: string,
  following: string | undefined,
  command: CommandName | "",
): 0 | 1 {
  const { option, usedFollowing } = readOption(word, following, command);
  options.push(option);
  return usedFollowing ? 1 : 0;
}

function helpOrVersion(
  options: readonly WrittenOption[],
  topic: CommandName | undefined,
): Command | undefined {
  const last = options.at(-1);
  if (last?.text !== "true") return undefined;
  if (last.name === "help") return { kind: "help", topic };
  return last.name === "version" ? { kind: "version" } : undefined;
}

function execCommand(rest: readonly string[]): Command {
  const argv = rest[0] === "--" ? rest.slice(1) : rest;
  if (argv.length === 0) {
    throw new UserError("missing-argument", "exec needs a command, as in: vimto exec uname -r");
  }
  return { kind: "exec", argv };
}

/** Every command but exec: options and arguments in any order. */
function parseAfter(
  name: CommandName,
  rest: readonly string[],
  options: WrittenOption[],
): Arguments {
  const words: string[] = [];
  for (let index = 0; index < rest.length; ) {
    const word = rest[index++] ?? "";
    if (word === "--") {
      words.push(...rest.slice(index));
      break;
    }
    if (isOption(word)) index += readInto(options, word, rest[index], name);
    else words.push(word);
    const early = helpOrVersion(options, name);
    if (early) return { options, command: early };
  }
  return { options, command: finish(name, words, options) };
}

function finish(name: CommandName, words: readonly string[], options: readonly WrittenOption[]) {
  const take = expectWords(name, words);
  switch (name) {
    case "pull":
      return pullCommand(take);
    case "help":
      return { kind: "help", topic: helpTopic(take(1)) } as const;
    case "cache":
      return cacheCommand(take, options);
    default:
      take(0);
      return { kind: name } as Command;
  }
}

type Take = (most: number) => string | undefined;

/** Returns the single argument of a command, or says that there is one too many. */
const expectWords =
  (name: CommandName, words: readonly string[]): Take =>
  (most) => {
    const extra = words[most];
    if (extra !== undefined) {
      const takes = most === 0 ? "no arguments" : "one argument";
      throw new UserError(
        "unexpected-argument",
        `${name} takes ${takes}, but was also given ${quoted(extra)}; see: vimto help ${name}`,
      );
    }
    return words[0];
  };

function pullCommand(take: Take): Command {
  const image = take(1);
  if (image === undefined || image === "") {
    throw new UserError(
      "missing-argument",
      "pull needs an image, as in: vimto pull ghcr.io/cilium/ci-kernels:stable",
    );
  }
  return { kind: "pull", image };
}

function helpTopic(word: string | undefined): CommandName | undefined {
  if (word === undefined) return undefined;
  const topic = commandNamed(word);
  if (topic !== undefined) return topic;
  throw new UserError(
    "unknown-command",
    `there is no command ${quoted(word)} to explain${didYouMean(
      word,
      commands.map((command) => command.name),
      "vimto --help lists the commands",
      quoted,
    )}`,
  );
}

function cacheCommand(take: Take, options: readonly WrittenOption[]): Command {
  const verb = take(1);
  const find = (name: OptionName) => options.findLast((option) => option.name === name);
  const olderThan = find("older-than");
  const maxSize = find("max-size");
  if (verb === undefined) {
    const stray = olderThan ?? maxSize;
    if (stray) {
      throw new UserError(
        "conflict",
        `option ${stray.spelling} belongs to prune; write: vimto cache prune ${stray.spelling} ${stray.text}`,
      );
    }
    return { kind: "cache" };
  }
  if (verb !== "prune") {
    throw new UserError(
      "unexpected-argument",
      `cache knows nothing of ${quoted(verb)}; write: vimto cache, or: vimto cache prune`,
    );
  }
  return {
    kind: "cache-prune",
    olderThanMs: olderThan && parseDuration(olderThan.text, olderThan.spelling),
    maxBytes: maxSize && parseSize(maxSize.text, maxSize.spelling),
  };
}

function unknownCommand(word: string, rest: readonly string[], ended: boolean): UserError {
  const run = `to run it in a machine write: vimto exec -- ${shellJoin([word, ...rest])}`;
  const subject = ended
    ? `${quoted(word)} after -- is no go command`
    : `unknown command ${quoted(word)}`;
  const known = ended ? [] : commands.map((command) => command.name);
  return new UserError("unknown-command", `${subject}${didYouMean(word, known, run, quoted)}`);
}
