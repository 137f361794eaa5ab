/** What a setting is called in .vimto.toml, in `vimto config` and, in capitals, after VIMTO_. */
export type SettingKey =
  | "kernel"
  | "memory"
  | "smp"
  | "arch"
  | "accel"
  | "append"
  | "share"
  | "user"
  | "sudo"
  | "setup"
  | "teardown"
  | "timeout"
  | "start"
  | "pull"
  | "gdb"
  | "dry-run"
  | "verbose"
  | "quiet";

/** The places that a setting may be written in, besides the command line. */
export interface Places {
  readonly file: boolean;
  readonly environment: boolean;
}

/** Every setting, in the order in which `vimto config` prints them. */
export const settingPlaces: Readonly<Record<SettingKey, Places>> = {
  kernel: { file: true, environment: true },
  memory: { file: true, environment: true },
  smp: { file: true, environment: true },
  arch: { file: true, environment: true },
  accel: { file: true, environment: true },
  append: { file: true, environment: true },
  share: { file: true, environment: true },
  user: { file: true, environment: true },
  sudo: { file: true, environment: true },
  setup: { file: true, environment: false },
  teardown: { file: true, environment: false },
  timeout: { file: true, environment: true },
  start: { file: true, environment: true },
  pull: { file: true, environment: true },
  gdb: { file: false, environment: false },
  "dry-run": { file: false, environment: false },
  verbose: { file: true, environment: true },
  quiet: { file: true, environment: true },
};

export const settingKeys = Object.keys(settingPlaces) as readonly SettingKey[];

/** The environment variable of a setting, for those that have one. */
export const variableOf = (key: SettingKey): string => `VIMTO_${key.toUpperCase()}`;

/**
 * - text: needs a value, the last one given counts
 * - list: needs a value, each one given is added
 * - switch: on by itself, or =true and =false
 * - port: on by itself, or =NUMBER, =true and =false
 */
export type OptionKind = "text" | "list" | "switch" | "port";

export type OptionGroup = "machine" | "command" | "run" | "vimto" | "prune";

export interface Option {
  readonly name: string;
  readonly kind: OptionKind;
  readonly group: OptionGroup;
  /** What stands for the value in the help text. */
  readonly placeholder?: string;
  /** A value that a sentence about a missing one can show. */
  readonly example?: string;
  readonly help: string;
  /** The setting that the option writes; options without one steer vimto itself. */
  readonly key?: SettingKey;
}

/** Every option, in the order of the help text. */
export const options = [
  {
    name: "kernel",
    kind: "text",
    group: "machine",
    placeholder: "K",
    example: "./vmlinuz",
    help: "file, directory, image, host, host:VERSION or :TAG",
    key: "kernel",
  },
  {
    name: "memory",
    kind: "text",
    group: "machine",
    placeholder: "SIZE",
    example: "512M",
    help: "memory for the command (128M; 1G; a number is MiB)",
    key: "memory",
  },
  {
    name: "smp",
    kind: "text",
    group: "machine",
    placeholder: "N",
    example: "2",
    help: "number of CPUs (1), or cpus=2,cores=2",
    key: "smp",
  },
  {
    name: "arch",
    kind: "text",
    group: "machine",
    placeholder: "ARCH",
    example: "arm64",
    help: "amd64 or arm64 (this host's)",
    key: "arch",
  },
  {
    name: "accel",
    kind: "text",
    group: "machine",
    placeholder: "A",
    example: "tcg",
    help: "auto, kvm or tcg (auto)",
    key: "accel",
  },
  {
    name: "append",
    kind: "list",
    group: "machine",
    placeholder: "TEXT",
    example: "lsm=bpf",
    help: "add kernel arguments (again for more)",
    key: "append",
  },
  {
    name: "gdb",
    kind: "port",
    group: "machine",
    placeholder: "PORT",
    help: "wait for gdb on localhost (1234)",
    key: "gdb",
  },
  {
    name: "fresh",
    kind: "switch",
    group: "machine",
    help: "boot, do not resume from a template",
    key: "start",
  },
  {
    name: "share",
    kind: "list",
    group: "command",
    placeholder: "DIR[:ro]",
    example: "./data:ro",
    help: "keep what is written to DIR (again for more)",
    key: "share",
  },
  {
    name: "user",
    kind: "text",
    group: "command",
    placeholder: "USER",
    example: "nobody",
    help: "run as NAME or UID[:GID] (as you)",
    key: "user",
  },
  { name: "sudo", kind: "switch", group: "command", help: "run as root", key: "sudo" },
  {
    name: "timeout",
    kind: "text",
    group: "command",
    placeholder: "TIME",
    example: "30s",
    help: "end the run after 30s, 1m30s, ... (0: never)",
    key: "timeout",
  },
  {
    name: "pull",
    kind: "text",
    group: "run",
    placeholder: "WHEN",
    example: "always",
    help: "ask the registry always, missing or never (missing)",
    key: "pull",
  },
  {
    name: "config",
    kind: "text",
    group: "run",
    placeholder: "FILE",
    example: "ci/vimto.toml",
    help: "settings file instead of .vimto.toml, or none",
  },
  {
    name: "dry-run",
    kind: "switch",
    group: "run",
    help: "print what would be started, start nothing",
    key: "dry-run",
  },
  {
    name: "verbose",
    kind: "switch",
    group: "run",
    help: "show the console and how long each stage took",
    key: "verbose",
  },
  {
    name: "quiet",
    kind: "switch",
    group: "run",
    help: "no progress and no warnings",
    key: "quiet",
  },
  { name: "version", kind: "switch", group: "vimto", help: "print the version" },
  { name: "help", kind: "switch", group: "vimto", help: "print this text" },
  {
    name: "older-than",
    kind: "text",
    group: "prune",
    placeholder: "TIME",
    example: "14d",
    help: "remove what was not used for TIME",
  },
  {
    name: "max-size",
    kind: "text",
    group: "prune",
    placeholder: "SIZE",
    example: "10G",
    help: "then remove the least recently used above SIZE",
  },
] as const satisfies readonly Option[];

export type OptionName = (typeof options)[number]["name"];

const byName: ReadonlyMap<string, Option & { readonly name: OptionName }> = new Map(
  options.map((option) => [option.name, option]),
);

export const optionNamed = (name: string): (Option & { readonly name: OptionName }) | undefined =>
  byName.get(name);

/** An option as it stood on the command line. */
export interface WrittenOption {
  readonly name: OptionName;
  /** With the dashes as typed, without the value. */
  readonly spelling: string;
  /** The value as typed; "true" or "false" for a switch. */
  readonly text: string;
}
