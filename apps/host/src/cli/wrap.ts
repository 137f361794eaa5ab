import { carriedFile, carriedOptions } from "../settings/carried.ts";
import type { Settings } from "../settings/settings.ts";

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
