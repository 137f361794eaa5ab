import { print } from "../../report/print.ts";
import { shellJoin, wrapPrefix } from "../../settings/index.ts";
import type { Context } from "./context.ts";

/** Prints the words that run a program in a machine, quoted for a shell. */
export function wrap({ settings, reporter }: Context): number {
  for (const warning of settings.warnings) reporter.notice(warning);
  print(`${shellJoin(wrapPrefix(process.execPath, settings))}\n`);
  return 0;
}
