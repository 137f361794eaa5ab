import { print } from "../../report/print.ts";
import { type CommandName, commandHelp, helpText } from "../../settings/index.ts";

/** Explains vimto, or one of its commands. */
export function help(topic: CommandName | undefined): number {
  print(topic === undefined ? helpText() : commandHelp(topic));
  return 0;
}
