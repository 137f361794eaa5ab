import { print } from "../../report/print.ts";
import { shellJoin } from "../../settings/words.ts";
import { wrapPrefix } from "../wrap.ts";
import type { Context } from "./context.ts";

/** Prints the words that run a program in a machine, quoted for a shell. */
export function wrap({ settings, reporter }: Context): number {
  for (const warning of settings.warnings) reporter.notice(warning);
  print(`${shellJoin(wrapPrefix(process.execPath, settings))}\n`);
  return 0;
}
