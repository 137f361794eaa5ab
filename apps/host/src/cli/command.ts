import type { Environment } from "../host/facts.ts";
import type { WrittenOption } from "../settings/options.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import type { Context } from "./context.ts";
import type { Ending } from "./ending.ts";

/** What a command is given to work with. */
export type Invocation = {
  /** The words behind the name of the command. */
  readonly words: readonly string[];
  readonly options: readonly WrittenOption[];
  /** All commands of vimto. */
  readonly commands: readonly CliCommand[];
  /** The variables of this process. */
  readonly environment: Environment;
  /** Settings, cache and the like; read on demand, as some commands do without. */
  readonly context: () => Promise<Context>;
};

/** A command of vimto. */
export type CliCommand = {
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  /** One line for the list of commands; a command without one is not listed. */
  readonly help: string;
  /** What `vimto help NAME` adds. */
  readonly details: string;
  /** Resolves to how vimto ends. Throws UserError for words that it does not take. */
  readonly run: (invocation: Invocation) => Ending | Promise<Ending>;
};

/** The single word of a command that takes `most` words, or says that there is one too many. */
export function takeWord(name: string, words: readonly string[], most: 0 | 1): string | undefined {
  const extra = words[most];
  if (extra === undefined) return words[0];
  const takes = most === 0 ? "no arguments" : "one argument";
  throw new UserError(
    "unexpected-argument",
    `${name} takes ${takes}, but was also given ${quoted(extra)}; see: vimto help ${name}`,
  );
}
