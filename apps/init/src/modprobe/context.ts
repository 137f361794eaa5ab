import type { Builder, Value, Variable } from "@vimto/asm";
import type { Files } from "./files.ts";
import type { Lookup } from "./lookup.ts";
import type { SpanVariables, Words } from "./words.ts";
import type { Part, Writer } from "./writer.ts";

/** What the options of the command line say, each 0 or 1. */
export type Flags = Readonly<
  Record<
    | "all"
    | "dryRun"
    | "firstTime"
    | "ignoreCommands"
    | "quiet"
    | "remove"
    | "showDependencies"
    | "useBlacklist"
    | "verbose",
    Variable
  >
>;

/** What the parts of modprobe have in common. */
export type Context = {
  readonly p: Builder;
  readonly words: Words;
  readonly files: Files;
  readonly writer: Writer;
  readonly lookup: Lookup;
  readonly flags: Flags;
  /** The texts of modprobe.d(5), followed by modules.softdep. */
  readonly config: SpanVariables;
  /** Where the modules are, a C string. */
  readonly directory: Value;
  /** Where the strings of argv that are parameters of the module are, as pointers. */
  readonly parameters: SpanVariables;
  /** The environment, as execve(2) takes it. */
  readonly environment: Variable;
  /** The exit status. */
  readonly status: Variable;
};

/** Writes a message to stderr, in the words of kmod's modprobe. */
export function complain({ p, writer, flags, status }: Context, ...parts: readonly Part[]): void {
  p.set(status, 1);
  p.when(flags.quiet, "==", 0, () => writer.line(2, "modprobe: ", ...parts));
}
