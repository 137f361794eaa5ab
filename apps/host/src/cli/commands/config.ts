import { print } from "../../report/print.ts";
import { configText } from "../../settings/config-text.ts";
import { type CliCommand, takeWord } from "../command.ts";
import type { Context } from "../context.ts";

/** Prints the settings and where each comes from. */
function printConfig({ settings, reporter }: Context): number {
  for (const warning of settings.warnings) reporter.notice(warning);
  print(configText(settings));
  return 0;
}

export const config: CliCommand = {
  name: "config",
  usage: "",
  help: "print the settings and where each comes from",
  details: `Prints the settings in the form of a settings file, and behind each of them the
option, variable or line of a file that it comes from.

  VIMTO_MEMORY=1G vimto --smp 2 config`,
  run: async ({ words, context }) => {
    takeWord("config", words, 0);
    return printConfig(await context());
  },
};
