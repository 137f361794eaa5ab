import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { textOfBytes } from "@vimto/linux";
import type { Environment } from "../host/facts.ts";

/** What Bun puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";

/**
 * The words and the variables that this process was started with, byte by byte: those that are not UTF-8
 * come from proc(5), in the form of `textOfBytes`.
 *
 * @param argv without the program's own name
 */
export function exactWords(
  argv: readonly string[],
  environment: Environment,
): { readonly argv: readonly string[]; readonly environment: Environment } {
  return {
    argv: argv.some(isChanged) ? strings("cmdline").slice(-argv.length) : argv,
    environment: Object.entries(environment).flat().some(isChanged)
      ? variables(strings("environ"))
      : environment,
  };
}

const isChanged = (text: string | undefined): boolean => text?.includes(REPLACED) === true;

const strings = (name: "cmdline" | "environ"): string[] =>
  textOfBytes(readFileSync(`/proc/self/${name}`))
    .split("\0")
    .slice(0, -1);

/** As getenv(3) reads them: the first of a name counts. */
function variables(pairs: readonly string[]): Environment {
  const found = new Map<string, string>();
  for (const pair of pairs) {
    const [name = "", ...value] = pair.split("=");
    if (value.length > 0 && !found.has(name)) found.set(name, value.join("="));
  }
  return Object.fromEntries(found);
}

/** The working directory without links, in the form of `textOfBytes`. */
export function workingDirectory(): string {
  const cwd = process.cwd();
  return isChanged(cwd) ? textOfBytes(readlinkSync("/proc/self/cwd", "buffer")) : realpathSync(cwd);
}
