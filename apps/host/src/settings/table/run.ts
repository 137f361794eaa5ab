import { parseMirror, parsePort } from "../values.ts";
import { fileSwitch, oneOf, onOrOff, type Setting } from "./setting.ts";

const starts = ["auto", "fresh"] as const;
const policies = ["always", "missing", "never"] as const;

/** How a run begins, and what it shows. */
export const runSettings = {
  start: {
    group: "machine",
    option: { kind: "switch", name: "fresh", help: "boot, do not resume from a template" },
    variable: true,
    file: {
      form: starts,
      expected: 'text, "auto" or "fresh"',
      description: "auto resumes from a template where possible, fresh always boots.",
    },
    default: "auto",
    keeps: "last",
    parse: oneOf(starts),
    guide: {
      what: "boot, do not resume from a template",
      variable: "`VIMTO_START=fresh`",
      file: '`start = "fresh"`',
    },
  },
  pull: {
    group: "run",
    option: {
      kind: "text",
      placeholder: "WHEN",
      example: "always",
      help: "ask the registry always, missing or never (missing)",
    },
    variable: true,
    file: {
      form: policies,
      expected: 'text, "always", "missing" or "never"',
      description: "When to ask the registry for an image.",
    },
    default: "missing",
    keeps: "last",
    parse: oneOf(policies),
    guide: { what: "ask the registry `always`, `missing` or `never`" },
  },
  gdb: {
    group: "machine",
    option: { kind: "port", placeholder: "PORT", help: "wait for gdb on localhost (1234)" },
    variable: false,
    keeps: "last",
    parse: parsePort,
    guide: { unset: "off", what: "halt the CPUs and wait for gdb on localhost, port 1234" },
  },
  "debian-mirror": {
    group: "run",
    variable: true,
    file: {
      form: "text",
      expected: "text in quotes",
      description: "URL of a mirror of Debian's archive, for kernels such as debian:12.",
    },
    keeps: "last",
    parse: parseMirror,
    guide: {
      unset: "the host's sources, else Debian's",
      what: "where `debian:` kernels come from",
    },
  },
  "ubuntu-mirror": {
    group: "run",
    variable: true,
    file: {
      form: "text",
      expected: "text in quotes",
      description: "URL of a mirror of Ubuntu's archive, for kernels such as ubuntu:24.04.",
    },
    keeps: "last",
    parse: parseMirror,
    guide: {
      unset: "the host's sources, else Ubuntu's",
      what: "where `ubuntu:` kernels come from",
    },
  },
  "require-signature": {
    group: "run",
    option: { kind: "switch", help: "refuse archives whose signature is not checked" },
    variable: true,
    file: fileSwitch("Refuse an archive whose signature cannot be checked."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "refuse an archive whose signature cannot be checked" },
  },
  "dry-run": {
    group: "run",
    option: { kind: "switch", help: "print what would be started, start nothing" },
    variable: false,
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "off", what: "print what would be started, start nothing" },
  },
  verbose: {
    group: "run",
    option: { kind: "switch", help: "show the console and how long each stage took" },
    variable: true,
    file: fileSwitch("Show the console and how long each stage took."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "show the console and how long each stage took" },
  },
  quiet: {
    group: "run",
    option: { kind: "switch", help: "no progress and no warnings" },
    variable: true,
    file: fileSwitch("No progress and no warnings."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "no progress and no warnings" },
  },
} as const satisfies Readonly<Record<string, Setting>>;
