import { parseTimeout } from "../values.ts";
import { fileSwitch, oneOf, onOrOff, type Setting, text } from "./setting.ts";

const list = (description: string) =>
  ({ form: "list", expected: "text in quotes or a list of texts", description }) as const;

const terminals = ["auto", "always", "never"] as const;

/** Settings of the command, and of what runs around it. */
export const commandSettings = {
  share: {
    group: "command",
    option: {
      kind: "list",
      placeholder: "DIR[:ro]",
      example: "./data:ro",
      help: "keep what is written to DIR (again for more)",
      completes: "directory",
    },
    variable: true,
    file: list(
      'Directories whose writes are kept, "DIR", "DIR:ro" or "DIR:rw", one or a list. Relative paths start at this file.',
    ),
    keeps: "all",
    parse: text,
    guide: { unset: "none", what: "keep what is written below DIR" },
  },
  tty: {
    group: "command",
    option: {
      kind: "text",
      placeholder: "WHEN",
      example: "never",
      help: "a terminal for it: auto, always (-t) or never (auto)",
    },
    variable: true,
    file: {
      form: terminals,
      expected: 'text, "auto", "always" or "never"',
      description: "Whether the command has a terminal.",
    },
    default: "auto",
    keeps: "last",
    parse: oneOf(terminals),
    guide: {
      what: "a terminal for the command: `auto`, `always` or `never`; see [terminal.md](terminal.md)",
    },
  },
  user: {
    group: "command",
    option: {
      kind: "text",
      placeholder: "USER",
      example: "nobody",
      help: "run as NAME or UID[:GID] (as you)",
      completes: "user",
    },
    variable: true,
    file: {
      form: "text or number",
      expected: "text in quotes or a whole number",
      description: 'User who runs the command, a name or "UID[:GID]". Empty means the caller.',
      emptyIsUnset: true,
    },
    keeps: "last",
    parse: text,
    guide: { unset: "you", what: "a name or `UID`, and a group after a colon" },
  },
  sudo: {
    group: "command",
    option: { kind: "switch", help: "run as root" },
    variable: true,
    file: fileSwitch("Run the command as root."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "run as root" },
  },
  "shell-on-failure": {
    group: "command",
    option: { kind: "switch", help: "on a terminal, a shell where COMMAND failed" },
    variable: true,
    file: fileSwitch("On a terminal, a shell in the same machine when the command failed."),
    keeps: "last",
    parse: onOrOff,
    guide: {
      unset: "`false`",
      what: "on a terminal, a shell where the command failed; see [terminal.md](terminal.md)",
    },
  },
  setup: {
    group: "command",
    variable: false,
    file: list("Commands to run as root before the command, in shell quoting."),
    keeps: "all",
    parse: text,
    guide: { unset: "none", what: "commands to run before, as root" },
  },
  teardown: {
    group: "command",
    variable: false,
    file: list("Commands to run as root after the command, in shell quoting."),
    keeps: "all",
    parse: text,
    guide: { unset: "none", what: "commands to run after, as root" },
  },
  timeout: {
    group: "command",
    option: {
      kind: "text",
      placeholder: "TIME",
      example: "30s",
      help: "end the run after 30s, 1m30s, ... (0: never)",
    },
    variable: true,
    file: {
      form: "text or number",
      expected: 'text such as "30s" or a whole number of seconds',
      description:
        'Time after which the run is ended, such as "30s" or "1m30s"; a plain number is seconds, 0 is no limit.',
    },
    default: "0",
    keeps: "last",
    parse: parseTimeout,
    guide: { what: "end the run after that time; 0 is never" },
  },
} as const satisfies Readonly<Record<string, Setting>>;
