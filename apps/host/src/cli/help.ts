import { type Option, type OptionGroup, options } from "../settings/options.ts";
import { type CommandName, commands } from "./command-table.ts";

const groups: readonly (readonly [OptionGroup, string])[] = [
  ["machine", "The machine"],
  ["command", "The command"],
  ["run", "The run"],
  ["vimto", "Help"],
];

/** What `vimto --help` prints: one screen of 80 columns. */
export function helpText(): string {
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
  vimto --kernel ./vmlinuz exec uname -r
  vimto --kernel ghcr.io/cilium/ci-kernels:stable --sudo exec -- ./test.sh -v
  vimto --smp 2 --timeout 5m -- go test -race ./...
`;
}

const optionLines = (group: OptionGroup): string =>
  options
    .filter((option) => option.group === group)
    .map((option) => `  ${optionUsage(option).padEnd(18)} ${option.help}`)
    .join("\n");

function optionUsage({ name, kind, placeholder = "" }: Option): string {
  if (kind === "switch") return `--${name}`;
  return kind === "port" ? `--${name}[=${placeholder}]` : `--${name} ${placeholder}`;
}

const commandLine = (command: (typeof commands)[number]): string =>
  `  ${`${command.name} ${command.usage}`.trimEnd().padEnd(20)} ${command.help}`;

const details: Readonly<Record<CommandName, string>> = {
  exec: `Everything after exec, less one --, is the command: no option of vimto is
looked for in it. Its exit status is vimto's; 126 and 127 mean that it could not
be run or was not found, 128+N that signal N ended it, 125 that vimto failed.

  vimto --kernel host exec sh -c 'uname -r; id'`,
  doctor: `Lists what this host has and lacks: QEMU, KVM, the cache, virtiofsd. With
--kernel it also looks into that kernel. The exit status is 0 when a run would
work.

  vimto doctor --kernel ./vmlinuz`,
  config: `Prints the settings in the form of a settings file, and behind each of them the
option, variable or line of a file that it comes from.

  VIMTO_MEMORY=1G vimto --smp 2 config`,
  wrap: `Prints the words that, put in front of a program, run it in a machine with the
settings of this moment, from any directory.

  CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$(vimto wrap)" cargo test`,
  pull: `Fetches a kernel image from a registry, from oci:DIR or from oci-archive:FILE,
for this host's architecture or the one that --arch names. The registry is asked
what the name stands for now, unless --pull says otherwise.

  vimto pull ghcr.io/cilium/ci-kernels:stable`,
  images: "Lists the kernel images in the cache: digest, platform, size and last use.",
  cache: `Shows what the cache holds. With prune, removes what was not used for a while,
and the least recently used beyond a size; nothing that a run is using.

  vimto cache prune --older-than 14d --max-size 10G

Options of prune:
${optionLines("prune")}`,
  "flush-cache": "Removes everything from the cache that no run is using.",
  help: "Explains vimto, or one of its commands.",
  version: "Prints the version, as --version does.",
};

/** What `vimto help COMMAND` prints. */
export function commandHelp(name: CommandName): string {
  const command = commands.find((candidate) => candidate.name === name);
  const usage = `vimto [OPTIONS] ${name} ${command?.usage ?? ""}`.trimEnd();
  return `Usage: ${usage}\n\n${details[name]}\n`;
}
