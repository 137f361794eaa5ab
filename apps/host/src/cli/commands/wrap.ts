import { print } from "../../report/print.ts";
import { carriedFile, carriedOptions } from "../../settings/carried.ts";
import type { Settings } from "../../settings/settings.ts";
import { shellJoin } from "../../settings/words.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { type Context, demandOne } from "../context.ts";

/**
 * The words to put in front of a program so that it runs in a machine, from any directory: for
 * cargo's runner, meson's --wrap, and the like.
 *
 * @param vimto absolute path of this vimto
 */
export const wrapPrefix = (vimto: string, settings: Settings): string[] => [
  vimto,
  carriedFile(settings),
  ...carriedOptions(settings, ["flag", "environment"]),
  "exec",
  "--",
];

/** Prints the words that run a program in a machine, quoted for a shell. */
function printPrefix(context: Context): number {
  const { settings, reporter } = context;
  demandOne(context);
  for (const warning of settings.warnings) reporter.notice(warning);
  print(`${shellJoin(wrapPrefix(process.execPath, settings))}\n`);
  return 0;
}

export const wrap: CliCommand = {
  name: "wrap",
  usage: "",
  help: "print the prefix that runs a program in a machine",
  details: `Prints the words that, put in front of a program, run it in a machine with the
settings of this moment, from any directory.

  CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$(vimto wrap)" cargo test`,
  run: async ({ words, context }) => {
    takeWord("wrap", words, 0);
    return printPrefix(await context());
  },
};
