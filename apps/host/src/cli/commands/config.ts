import { print } from "../../report/print.ts";
import { configText } from "../../settings/config-text.ts";
import type { Context } from "./context.ts";

/** Prints the settings and where each comes from. */
export function config({ settings, reporter }: Context): number {
  for (const warning of settings.warnings) reporter.notice(warning);
  print(configText(settings));
  return 0;
}
