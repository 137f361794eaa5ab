import { usage } from "../../settings/guide-tables.ts";
import { type Option, type OptionGroup, options } from "../../settings/options.ts";
import { settingOf, variableOf } from "../../settings/table/table.ts";
import { VERSION } from "../../version.ts";
import type { CliCommand } from "../command.ts";

const groups: readonly (readonly [OptionGroup, string])[] = [
  ["machine", "The machine"],
  ["command", "The command"],
  ["run", "The run"],
  ["vimto", "Help"],
  ["prune", "Of vimto cache prune"],
];

/** vimto(1) in the macros of man(7). */
export const manPage = (commands: readonly CliCommand[], pages: readonly string[]): string =>
  `.TH VIMTO 1 "" "vimto ${VERSION}" "User Commands"
.SH NAME
vimto \\- run a command under a Linux kernel of your choice, in QEMU
.SH SYNOPSIS
${["[OPTIONS] exec [--] COMMAND...", "[OPTIONS] -- go test ...", "[OPTIONS] COMMAND-OF-VIMTO"]
  .map((line) => `.B vimto\n${escaped(line)}`)
  .join("\n.br\n")}
.SH DESCRIPTION
Boots a kernel in a virtual machine and runs a command in it as if it ran here: same files, directory,
user and environment.
What it writes below the git root, the working directory and shares is kept; all else is gone afterwards.
.PP
Options stand before the command; \\-smp=2 and \\-\\-smp 2 are the same.
.SH OPTIONS
${groups.map(([group, title]) => `.SS ${title}\n${optionsOf(group)}`).join("\n")}
.SH COMMANDS
${commands.map(commandText).join("\n")}
.SH ENVIRONMENT
Settings are also read from these variables; an option beats them, and they beat the settings file.
${options.map(variableText).join("")}.SH FILES
.TP
.I .vimto.toml
Settings, in the working directory or the git root.
.TP
.I $XDG_CACHE_HOME/vimto
The cache, ~/.cache/vimto where the variable is not set.
.SH EXIT STATUS
That of the command; 128+N when signal N ended it, 126 when it cannot be executed, 127 when it was not
found, and 125 when vimto itself failed.
.SH SEE ALSO
.BR qemu (1)
.PP
Pages of the documentation, which
.B vimto help TOPIC
prints: ${escaped(pages.join(", "))}.
`;

const optionsOf = (group: OptionGroup): string =>
  options
    .filter((option) => option.group === group)
    .map((option) => `.TP\n.B ${escaped(usage(option))}\n${escaped(option.help)}`)
    .join("\n");

function commandText({ name, usage: words, details }: CliCommand): string {
  const [paragraph = "", ...rest] = details.split("\n\n");
  const more = rest.map((part) =>
    /^ /m.test(part) ? `.PP\n.nf\n${escaped(part)}\n.fi` : `.PP\n${escaped(part)}`,
  );
  return [`.SS ${escaped(`vimto ${name} ${words}`.trimEnd())}`, escaped(paragraph), ...more].join(
    "\n",
  );
}

function variableText({ key, help }: Option): string {
  const variable = key && settingOf(key).variable ? variableOf(key) : undefined;
  return variable === undefined ? "" : `.TP\n.B ${variable}\n${escaped(help)}\n`;
}

/** Text that roff takes as it is: no request at the start of a line, and dashes that can be copied. */
const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^(?=[.'])/gm, "\\&");
