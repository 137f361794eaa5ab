import { print } from "../../report/print.ts";
import type { CommandName } from "../command-table.ts";
import { commandHelp, helpText } from "../help.ts";

/** Explains vimto, or one of its commands. */
export function help(topic: CommandName | undefined): number {
  print(topic === undefined ? helpText() : commandHelp(topic));
  return 0;
}
