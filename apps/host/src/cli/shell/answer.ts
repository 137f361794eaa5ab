import { type Option, optionNamed, options } from "../../settings/options.ts";
import { settingOf } from "../../settings/table/table.ts";
import type { CliCommand } from "../command.ts";
import { isGoBinary } from "../go-command.ts";

/** A word that a shell can offer, and what it shows beside it. */
export type Offer = { readonly text: string; readonly help: string };

/** What may stand where the cursor is. */
export type Answer = {
  /** What the shell itself can list besides: "command" is a command line of its own, which begins at `from`. */
  readonly kind: "words" | "files" | "directories" | "users" | "command";
  /** Index of the word; used for "command" only. */
  readonly from: number;
  readonly offers: readonly Offer[];
};

/** Offers that `answer` has to look up. */
export type Known = {
  /** For --kernel: what is in the cache, what is installed, tags. */
  readonly kernels: () => Promise<readonly Offer[]>;
  /** For help. */
  readonly pages: readonly string[];
};

/** What follows the name of a command. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  cache: ["prune"],
  report: ["merge"],
  kernels: ["debian", "ubuntu"],
  completions: ["bash", "zsh", "fish"],
};

/**
 * What a shell can offer for the last of `words`, which may be empty or half written. They are the command line
 * up to the cursor without the program's own name. A mistake is not an error: it has no offers.
 */
export async function answer(
  words: readonly string[],
  commands: readonly CliCommand[],
  known: Known,
): Promise<Answer> {
  const current = words.at(-1) ?? "";
  let command = "";
  let expects: Option | undefined;
  for (const [index, word] of words.slice(0, -1).entries()) {
    if (expects !== undefined) {
      expects = undefined;
      continue;
    }
    if (word === "--") return commandFrom(command === "" ? index + 1 : words.length);
    if (word.startsWith("-") && word !== "-") expects = needsValue(word);
    else if (command !== "") continue;
    else if (isGoBinary(word)) return commandFrom(index);
    else command = word;
    if (command === "exec" && word === "exec")
      return commandFrom(
        words[index + 1] === "--" && words.length > index + 2 ? index + 2 : index + 1,
      );
  }
  if (expects !== undefined) return await valuesOf(expects, "", known);
  const [, spelling, value] = /^(--?[^=]+)=(.*)$/s.exec(current) ?? [];
  const option = spelling === undefined ? undefined : optionOf(spelling);
  if (option !== undefined && value !== undefined)
    return await valuesOf(option, `${spelling}=`, known);
  if (current.startsWith("-")) return plain(optionOffers(current, command));
  if (command === "report" && words.at(-2) !== "report")
    return { kind: "files", from: 0, offers: [] };
  return plain(
    wordOffers(command, commands, known),
    command === "pull" ? await known.kernels() : [],
  );
}

const plain = (...offers: readonly (readonly Offer[])[]): Answer => ({
  kind: "words",
  from: 0,
  offers: offers.flat(),
});

const commandFrom = (from: number): Answer => ({ kind: "command", from, offers: [] });

const optionOf = (spelling: string): Option | undefined =>
  optionNamed(spelling.replace(/^--?/, ""));

/** The option whose value is the next word. */
function needsValue(word: string): Option | undefined {
  const option = word.includes("=") ? undefined : optionOf(word);
  return option?.kind === "text" || option?.kind === "list" ? option : undefined;
}

/** With the dashes as they were typed: -smp is as good as --smp. */
function optionOffers(current: string, command: string): readonly Offer[] {
  const dashes = current === "-" || current.startsWith("--") ? "--" : "-";
  return options
    .filter(({ group }) => group !== "prune" || command === "cache")
    .map(({ name, help }) => ({ text: `${dashes}${name}`, help }));
}

/** The values of an option, each behind `before`. */
async function valuesOf(option: Option, before: string, known: Known): Promise<Answer> {
  const { completes, key, kind } = option;
  const offers = (texts: readonly Offer[]) =>
    texts.map(({ text, help }) => ({ text: `${before}${text}`, help }));
  const words = (texts: readonly string[]) => offers(texts.map((text) => ({ text, help: "" })));
  if (kind === "switch") return plain(words(["true", "false"]));
  if (completes === "kernel")
    return { kind: "files", from: 0, offers: offers(await known.kernels()) };
  if (completes === "file") return { kind: "files", from: 0, offers: words(["none"]) };
  if (completes === "directory") return { kind: "directories", from: 0, offers: [] };
  if (completes === "user") return { kind: "users", from: 0, offers: [] };
  const form = key === undefined ? undefined : settingOf(key).file?.form;
  return plain(typeof form === "object" ? words(form) : []);
}

function wordOffers(
  command: string,
  commands: readonly CliCommand[],
  { pages }: Known,
): readonly Offer[] {
  const listed = commands
    .filter(({ help }) => help !== "")
    .map(({ name, help }) => ({ text: name, help }));
  if (command === "") return listed;
  if (command !== "help") return (wordsOf[command] ?? []).map((text) => ({ text, help: "" }));
  const named = pages.map((page) =>
    listed.some(({ text }) => text === page) ? `${page}.md` : page,
  );
  return [
    ...listed,
    ...["pages", ...named].map((text) => ({ text, help: "a page of the documentation" })),
  ];
}

/** For the scripts of shells: the kind, and a line an offer, with its help behind a tab. */
export const answerText = ({ kind, from, offers }: Answer): string =>
  [
    kind === "command" ? `command ${from}` : kind,
    ...offers.map(({ text, help }) => `${text}\t${help}`),
  ]
    .map((line) => `${line}\n`)
    .join("");
