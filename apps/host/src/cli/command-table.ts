/** A command of vimto, as the command line names it. */
export interface CommandHelp {
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  readonly help: string;
}

/** Every command, in the order of the help text. */
export const commands = [
  { name: "exec", usage: "[--] COMMAND...", help: "run COMMAND in a virtual machine" },
  { name: "doctor", usage: "", help: "what this host and the kernel have and lack" },
  { name: "config", usage: "", help: "print the settings and where each comes from" },
  { name: "wrap", usage: "", help: "print the prefix that runs a program in a machine" },
  { name: "pull", usage: "IMAGE", help: "fetch a kernel image into the cache" },
  { name: "images", usage: "", help: "list the kernel images in the cache" },
  { name: "cache", usage: "[prune]", help: "show what the cache holds, or remove old parts" },
  { name: "flush-cache", usage: "", help: "empty the cache" },
  { name: "help", usage: "[COMMAND]", help: "explain vimto or one command" },
  { name: "version", usage: "", help: "print the version" },
] as const satisfies readonly CommandHelp[];

export type CommandName = (typeof commands)[number]["name"];

export const commandNamed = (name: string): CommandName | undefined =>
  commands.find((command) => command.name === name)?.name;
