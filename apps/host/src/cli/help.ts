import type { OptionGroup } from "../settings/options.ts";
import type { CliCommand } from "./command.ts";
import { optionLines } from "./option-lines.ts";

const groups: readonly (readonly [OptionGroup, string])[] = [
  ["machine", "The machine"],
  ["command", "The command"],
  ["run", "The run"],
  ["vimto", "Help"],
];

/** What `vimto --help` prints: one screen of 80 columns. */
export function helpText(commands: readonly CliCommand[]): string {
  const sections = groups.map(([group, title]) => `${title}:\n${optionLines(group)}`);
  return `Usage: vimto [OPTIONS] exec [--] COMMAND...
       vimto [OPTIONS] -- go test ...
       vimto [OPTIONS] COMMAND-OF-VIMTO

Runs a command in a virtual machine with a kernel of your choice, as if it ran
here: same files, directory, user, environment, exit status (125: vimto failed).

${sections.join("\n")}
Options stand before the command; -smp=2 and --smp 2 are the same. Settings are
also read from variables (VIMTO_SMP=2) and from .vimto.toml in this directory or
the git root (smp = 2); an option beats a variable, and that the file.

Commands of vimto:
${commands.map(commandLine).join("\n")}

Examples:
  vimto --kernel ghcr.io/cilium/ci-kernels:stable --sudo exec -- ./test.sh -v
`;
}

const commandLine = (command: CliCommand): string =>
  `  ${`${command.name} ${command.usage}`.trimEnd().padEnd(20)} ${command.help}`;

/** What `vimto help COMMAND` prints. */
export const commandHelp = ({ name, usage, details }: CliCommand): string =>
  `Usage: ${`vimto [OPTIONS] ${name} ${usage}`.trimEnd()}\n\n${details}\n`;
