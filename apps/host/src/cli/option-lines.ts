import { usage } from "../settings/guide-tables.ts";
import { type OptionGroup, options } from "../settings/options.ts";

/** The options of a group as the help text lists them, one a line. */
export const optionLines = (group: OptionGroup): string =>
  options
    .filter((option) => option.group === group)
    .map((option) => `  ${usage(option).padEnd(18)} ${option.help}`)
    .join("\n");
