import type { Architecture } from "@vimto/linux";
import { architectureTable } from "./architecture.ts";
import { QemuError } from "./error.ts";

export type KernelArgumentSources = {
  readonly architecture: Architecture;
  /** vimto's own, one argument each. */
  readonly defaults: readonly string[];
  /** The user's text, any number of arguments, quoted as the kernel reads it. */
  readonly append: string;
};

/**
 * Joins vimto's kernel arguments and the user's, whose text comes last and unchanged. A default whose
 * name the user sets is left out; so is "quiet" when the user sets the log level another way.
 *
 * Throws QemuError "bad-kernel-arguments" for arguments that the kernel would misread or cut off.
 */
export function mergeKernelArguments(sources: KernelArgumentSources): string {
  const text = sources.append.trim();
  const names = new Set(kernelArgumentNames(sources.append));
  const kept = sources.defaults.filter((argument) => {
    const name = nameOf(argument);
    if (accumulating.has(name)) return true;
    return !names.has(name) && !(replacedBy[name] ?? []).some((other) => names.has(other));
  });
  const merged = [...kept, ...(text === "" ? [] : [text])].join(" ");
  const limit = architectureTable[sources.architecture].commandLineLimit;
  const length = Buffer.byteLength(merged);
  if (length > limit) {
    throw new QemuError(
      "bad-kernel-arguments",
      `kernel arguments are ${length} bytes long with vimto's own ${length - Buffer.byteLength(text)}, but ${sources.architecture} kernels read ${limit}; shorten them by ${length - limit}`,
    );
  }
  return merged;
}

// Each console= adds a console and the last becomes /dev/console, so the user's choice wins while
// vimto still reads the serial one.
const accumulating = new Set(["console"]);

// All of them set the console's log level (init/main.c).
const replacedBy: Readonly<Record<string, readonly string[]>> = {
  quiet: ["debug", "loglevel", "ignore_loglevel"],
};

/**
 * The names of the arguments in a text, as the kernel tells them apart (lib/cmdline.c next_arg):
 * white space separates except inside double quotes, which cannot be escaped, and the name ends at
 * the first equal sign. Dashes and underscores are the same (kernel/params.c parameq).
 */
export function kernelArgumentNames(text: string): readonly string[] {
  const shown = JSON.stringify(text);
  // A tab separates; of the other control characters the kernel takes some for white space.
  if (/[^\P{Cc}\t]/u.test(text)) {
    throw new QemuError(
      "bad-kernel-arguments",
      `kernel arguments ${shown} hold a line break or another control character; put them on one line`,
    );
  }
  const names: string[] = [];
  let word = "";
  let quoted = false;
  for (const character of `${text} `) {
    if (!quoted && (character === " " || character === "\t")) {
      if (word !== "") names.push(nameOf(word));
      word = "";
      continue;
    }
    if (character === '"') quoted = !quoted;
    word += character;
  }
  if (quoted) {
    throw new QemuError(
      "bad-kernel-arguments",
      `kernel arguments ${shown} open a double quote that is never closed; close it`,
    );
  }
  if (names.includes("__")) {
    throw new QemuError(
      "bad-kernel-arguments",
      `kernel arguments ${shown} hold "--", which hands the rest to init instead of the kernel; leave it out`,
    );
  }
  return names;
}

function nameOf(argument: string): string {
  const unquoted = argument.startsWith('"') ? argument.slice(1) : argument;
  return (unquoted.split("=", 1)[0] ?? "").replaceAll("-", "_");
}
