import { type CAC, cac } from "cac";
import { Failure } from "../failure.ts";
import type { Environment } from "../host/facts.ts";
import { usage } from "../settings/guide-tables.ts";
import type { WrittenOption } from "../settings/options.ts";
import { type Option, options } from "../settings/options.ts";
import { type CommandLine, cutCommandLine } from "./argv.ts";
import type { CliCommand } from "./command.ts";
import { commands } from "./commands/commands.ts";
import type { Context } from "./context.ts";
import type { Ending } from "./ending.ts";

/** A value on its way through cac, which turns text that looks like a number into one; the sign prevents this. */
type Value = { readonly text: string };
const SIGN = "=";
/** cac calls this again for values that are converted already. */
const value = (raw: unknown): Value | unknown =>
  typeof raw === "string" && raw.startsWith(SIGN) ? { text: raw.slice(SIGN.length) } : raw;

/** Every option and command, declared. An action returns the exit status. */
export function program(invoke: (command: CliCommand, words: readonly string[]) => unknown): CAC {
  const cli = cac("vimto");
  for (const option of options)
    if (option.group !== "prune") cli.option(declared(option), option.help, { type: [value] });
  for (const command of commands) {
    const declaration = cli.command(command.name, command.help);
    declaration.usage(`${command.name} ${command.usage}`.trimEnd());
    for (const option of command.name === "cache" ? options : [])
      if (option.group === "prune")
        declaration.option(declared(option), option.help, { type: [value] });
    declaration.action((parsed: { readonly "--": readonly string[] }) =>
      invoke(command, parsed["--"]),
    );
  }
  return cli;
}

/** Switches have an optional value too, which the adapter always writes. */
const declared = (option: Option): string =>
  option.kind === "text" || option.kind === "list"
    ? usage(option).replace(/ (.*)$/s, " <$1>")
    : `--${option.name} [VALUE]`;

/**
 * Runs a command line (without the program's own name); resolves to how vimto ends.
 *
 * @throws UserError with one sentence for the first mistake
 */
export async function runCommandLine(
  argv: readonly string[],
  contextOf: (options: readonly WrittenOption[]) => Promise<Context>,
  environment: Environment = {},
): Promise<Ending> {
  const line = cutCommandLine(
    argv,
    commands.filter(({ help }) => help !== "").map(({ name }) => name),
  );
  demandText(line);
  let written: readonly WrittenOption[] = [];
  const cli = program((command, words) =>
    command.run({
      words,
      options: written,
      commands,
      environment,
      context: () => contextOf(written),
    }),
  );
  const texts = line.options.map(({ name, text }) => `--${name}=${SIGN}${text}`);
  const { options: parsed } = cli.parse(["", "", ...texts, line.name, "--", ...line.words], {
    run: false,
  });
  written = line.options.map((option) => ({ ...option, text: nextText(parsed, option.name) }));
  return await cli.runMatchedCommand();
}

/** What vimto itself looks up must be text; what it passes on may be any bytes. */
function demandText({ options, name, words: [first = ""] }: CommandLine): void {
  const texts = options.map(({ text }) => text);
  const changed = [...texts, ...(name === "exec" ? [] : [first])].find(
    (text) => !text.isWellFormed(),
  );
  if (changed !== undefined)
    throw new Failure(
      "start",
      `the argument ${JSON.stringify(changed.toWellFormed())} has bytes that are not UTF-8, and vimto cannot look it up; use a name of valid UTF-8, such as a symbolic link`,
    );
}

/** Takes the next value of an option from what cac has parsed; its names are in camel case there. */
function nextText(parsed: Readonly<Record<string, unknown>>, name: string): string {
  const values = parsed[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  const next: unknown = Array.isArray(values) ? values.shift() : undefined;
  if (typeof next !== "object" || next === null || !("text" in next))
    throw new Error(`the option ${name} has lost its value`);
  return String(next.text);
}
